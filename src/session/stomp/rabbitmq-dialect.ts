/**
 * RabbitMQ's dialect:
 *
 *     /exchange/NAME[/KEY]   the exchange, which must be there; a subscription binds a queue of its own with KEY
 *     /queue/NAME            a durable queue, made when it is first named
 *     /amq/queue/NAME        a queue that must be there
 *     /topic/KEY             the exchange amq.topic; `durable:true` with an id keeps the subscription
 *     /temp-queue/X          in reply-to: a queue of this connection, to which it is subscribed by that very name
 *
 * Names are percent-encoded, because `/` separates them. A refused message goes back unless `requeue:false`.
 */
import { selectorFilter } from '../../core/destination/selector-filter.ts';
import type { Queue } from '../../core/queue.ts';
import type { Frame } from '../../wire/stomp/frame.ts';
import { StompError } from '../../wire/stomp/protocol.ts';
import type { Client, Dialect, Source, Target } from './dialect.ts';
import { countOf } from './header-values.ts';
import { stompLimits } from './limits.ts';

const TOPIC_EXCHANGE = 'amq.topic';
const EVERY_KEY = '#';

interface Place {
  readonly kind: 'exchange' | 'queue' | 'amq/queue' | 'topic' | 'temp-queue';
  readonly name: string;
  readonly key: string;
}

export const rabbitmqDialect: Dialect = {
  name: 'rabbitmq',
  server: 'RabbitMQ/4.2.0',
  hasClientIds: false,

  targets(client, destination) {
    return [targetOf(client, placeIn(destination))];
  },

  source(client, destination, frame) {
    return sourceOf(client, placeIn(destination), frame);
  },

  forget(client, frame) {
    const id = frame.header('id');
    if (!isDurable(frame) || id === null) return false;
    return client.node.namespace.deleteQueue(durableName(id), null) !== null;
  },

  replyTo(client, destination) {
    if (!destination.startsWith('/temp-queue/')) return destination;
    return `/queue/${encodeURIComponent(temporaryQueue(client, destination).name)}`;
  },

  replyQueue(client, destination) {
    return destination.startsWith('/temp-queue/') ? temporaryQueue(client, destination) : null;
  },

  destinationOf(exchange, key) {
    if (exchange === '') return `/queue/${encodeURIComponent(key)}`;
    if (exchange === TOPIC_EXCHANGE) return `/topic/${encodeURIComponent(key)}`;
    return `/exchange/${encodeURIComponent(exchange)}/${encodeURIComponent(key)}`;
  },

  prefetch(frame) {
    return countOf(frame, 'prefetch-count', stompLimits.prefetchMax) ?? 0;
  },

  refusal(frame) {
    const verdict = frame.header('requeue') === 'false' ? 'discard' : 'giveBack';
    return { verdict, isCumulative: true };
  },
};

function placeIn(text: string): Place {
  const [, kind = '', ...rest] = text.split('/');
  const isPlain = kind === 'amq' && rest[0] === 'queue';
  const names = (isPlain ? rest.slice(1) : rest).map((part) => decoded(part, text));
  const name = names[0] ?? '';
  if (!text.startsWith('/') || name === '') throw unknown(text);
  if (isPlain && names.length === 1) return { kind: 'amq/queue', name, key: '' };
  if (kind === 'exchange' && names.length <= 2) return { kind, name, key: names[1] ?? '' };
  if (kind === 'topic' && names.length === 1) return { kind, name: TOPIC_EXCHANGE, key: name };
  if ((kind === 'queue' || kind === 'temp-queue') && names.length === 1) return { kind, name, key: '' };
  throw unknown(text);
}

function decoded(part: string, text: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw unknown(text);
  }
}

function unknown(text: string): StompError {
  return new StompError(`'${text}' is not a valid destination`);
}

function targetOf({ node }: Client, { kind, name, key }: Place): Target {
  const { namespace, destinations } = node;
  switch (kind) {
    case 'exchange':
    case 'topic':
      return { exchange: namespace.publishable(name).name, key };
    case 'queue':
      if (!namespace.queues.has(name)) destinations.queue(name, null);
      return { exchange: '', key: name };
    case 'amq/queue':
      return { exchange: '', key: namespace.queue(name, null).name };
    case 'temp-queue':
      throw new StompError('/temp-queue may only be used in the reply-to header');
  }
}

function sourceOf(client: Client, { kind, name, key }: Place, frame: Frame): Source {
  const { namespace, destinations, headers } = client.node;
  switch (kind) {
    case 'queue':
      return { queues: [destinations.queue(name, client)], pattern: null, own: null };
    case 'amq/queue':
      return { queues: [namespace.queue(name, client)], pattern: null, own: null };
    case 'temp-queue':
      throw new StompError('/temp-queue may only be used in the reply-to header');
    case 'exchange':
    case 'topic': {
      const id = frame.header('id');
      const isKept = isDurable(frame) && id !== null;
      const queue = isKept
        ? namespace.declareQueue({ name: durableName(id), durable: true }, null)
        : namespace.declareQueue(
            { name: namespace.freshName('stomp-subscription-'), exclusive: true, autoDelete: true },
            client,
          );
      const pattern = kind === 'topic' && key === '' ? EVERY_KEY : key;
      namespace.bind(name, queue, pattern);
      queue.subscription.filter = selectorFilter(frame.header('selector'), headers);
      return { queues: [queue], pattern: null, own: queue };
    }
  }
}

/** The queue that a connection calls so, whoever asks first. */
function temporaryQueue(client: Client, destination: string): Queue {
  const name = `temp:${client.session}:${destination.slice('/temp-queue/'.length)}`;
  return client.node.destinations.temporaryQueue(name, client);
}

function isDurable(frame: Frame): boolean {
  return frame.header('durable') === 'true' || frame.header('persistent') === 'true';
}

function durableName(id: string): string {
  return `stomp-subscription-${encodeURIComponent(id)}`;
}
