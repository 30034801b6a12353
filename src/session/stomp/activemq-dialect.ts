/**
 * ActiveMQ's dialect:
 *
 *     /queue/a.b          the queue a.b; with `*` and `>` in SUBSCRIBE all that match
 *     /topic/a.b          the exchange a.b; a subscription of each subscriber's own
 *     /temp-queue/x       a queue of this connection; others know it as /remote-temp-queue/NAME, by reply-to
 *     /queue/a,/topic/b   both
 *     a                   the same as /queue/a
 *
 * `activemq.subscriptionName` makes a topic's subscription durable, under the client id of the connection.
 */
import { selectorFilter } from '../../core/destination/selector-filter.ts';
import { isWildcard } from '../../core/destination/wildcard.ts';
import type { Queue } from '../../core/queue.ts';
import type { Frame } from '../../wire/stomp/frame.ts';
import { StompError } from '../../wire/stomp/protocol.ts';
import type { Client, Dialect, Refusal, Target } from './dialect.ts';
import { countOf } from './header-values.ts';
import { stompLimits } from './limits.ts';

const PARTS_MAX = 256;
const SUBSCRIPTION_NAME = 'activemq.subscriptionName';
const OTHER_SUBSCRIPTION_NAMES = ['activemq.subcriptionName', 'durable-subscriber-name'];
const CONVERSION = 'convert_string_expressions:';

type Kind = 'queue' | 'topic' | 'temp-queue' | 'temp-topic';

interface Name {
  readonly kind: Kind;
  readonly name: string;
}

const PREFIXES: readonly (readonly [prefix: string, kind: Kind])[] = [
  ['/queue/', 'queue'],
  ['/topic/', 'topic'],
  ['/temp-queue/', 'temp-queue'],
  ['/temp-topic/', 'temp-topic'],
  // Of another connection, by the name that it has for all.
  ['/remote-temp-queue/', 'queue'],
  ['/remote-temp-topic/', 'topic'],
];

export const activemqDialect: Dialect = {
  name: 'activemq',
  server: 'ActiveMQ/5.17.2',
  hasClientIds: true,

  targets(client, destination) {
    return namesIn(destination).map((name) => targetOf(client, name));
  },

  source(client, destination, frame) {
    const names = namesIn(destination);
    const queues: Queue[] = [];
    let own: Queue | null = null;
    let pattern: string | null = null;
    for (const { kind, name } of names) {
      const { destinations } = client.node;
      if (kind === 'queue' && isWildcard(name)) pattern = name;
      else if (kind === 'queue') queues.push(destinations.queue(name, client));
      else if (kind === 'temp-queue') queues.push(temporaryQueue(client, name));
      else {
        own = subscribe(client, kind === 'topic' ? name : temporaryName(client, name), frame);
        queues.push(own);
      }
    }
    return { queues, pattern, own };
  },

  forget(client, frame) {
    const name = subscriptionName(frame);
    if (name === null) return false;
    return client.node.destinations.unsubscribe(client.clientId ?? name, name);
  },

  replyTo(client, destination) {
    const [first] = namesIn(destination);
    if (first?.kind === 'temp-queue') return `/remote-temp-queue/${temporaryQueue(client, first.name).name}`;
    if (first?.kind === 'temp-topic') return `/remote-temp-topic/${temporaryTopic(client, first.name)}`;
    return destination;
  },

  replyQueue() {
    return null;
  },

  destinationOf(exchange, key) {
    return exchange === '' ? `/queue/${key}` : `/topic/${exchange}`;
  },

  prefetch(frame) {
    return countOf(frame, 'activemq.prefetchSize', stompLimits.prefetchMax) ?? stompLimits.prefetch;
  },

  refusal(): Refusal {
    return { verdict: 'discard', isCumulative: false };
  },
};

function namesIn(destination: string): Name[] {
  const parts = destination.split(',', PARTS_MAX + 1);
  if (parts.length > PARTS_MAX) throw new StompError(`more than ${PARTS_MAX} destinations in one`);
  return parts.map((part) => nameIn(part.trim()));
}

function nameIn(text: string): Name {
  for (const [prefix, kind] of PREFIXES) {
    if (text.startsWith(prefix) && text.length > prefix.length) return { kind, name: text.slice(prefix.length) };
  }
  if (text === '' || text.startsWith('/')) throw new StompError(`Illegal destination name: [${text}]`);
  return { kind: 'queue', name: text };
}

function targetOf(client: Client, { kind, name }: Name): Target {
  const { destinations, namespace } = client.node;
  switch (kind) {
    case 'queue':
      if (!namespace.queues.has(name)) destinations.queue(name, client);
      return { exchange: '', key: name };
    case 'topic':
      return { exchange: destinations.topic(name).name, key: '' };
    case 'temp-queue':
      return { exchange: '', key: temporaryQueue(client, name).name };
    case 'temp-topic':
      return { exchange: temporaryTopic(client, name), key: '' };
  }
}

function temporaryName({ session }: Client, name: string): string {
  return `temp:${session}:${name}`;
}

function temporaryQueue(client: Client, name: string): Queue {
  return client.node.destinations.temporaryQueue(temporaryName(client, name), client);
}

function temporaryTopic(client: Client, name: string): string {
  return client.node.destinations.temporaryTopic(temporaryName(client, name)).name;
}

function subscribe(client: Client, topic: string, frame: Frame): Queue {
  const { destinations, headers } = client.node;
  const name = subscriptionName(frame);
  const selector = frame.header('selector') ?? '';
  const filter = selectorFilter(selector === '' ? null : CONVERSION + selector, headers);
  // A client of 1.0 that gives no client id has its subscriptions under their own names.
  const durable = name === null ? null : { clientId: client.clientId ?? name, name };
  if (durable !== null && destinations.isSubscribed(durable.clientId, durable.name)) {
    const who = `client: ${durable.clientId} and subscriptionName: ${durable.name}`;
    throw new StompError(`Durable consumer is in use for ${who}`);
  }
  return destinations.subscribe({ topic, durable, owner: client, filter, selector });
}

function subscriptionName(frame: Frame): string | null {
  const name = frame.header(SUBSCRIPTION_NAME);
  if (name !== null) return name;
  for (const other of OTHER_SUBSCRIPTION_NAMES) if (frame.find(other) >= 0) return frame.header(other);
  return null;
}
