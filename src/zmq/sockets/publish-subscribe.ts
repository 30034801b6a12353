/** Publisher and Subscriber, and the X forms that show subscriptions to their programs. */
import { PublisherPattern } from '../patterns/publisher.ts';
import { SubscriberPattern } from '../patterns/subscriber.ts';
import { CORE, DuplexSocket, defineOptions, ReadableSocket, type SocketOptions, WritableSocket } from '../socket.ts';

type Topic = Buffer | string;
const EVERYTHING: readonly Topic[] = [''];

const topicsOf = (prefixes: readonly Topic[]): Buffer[] =>
  (prefixes.length === 0 ? EVERYTHING : prefixes).map((prefix) => Buffer.from(prefix as string));

export class Publisher extends WritableSocket {
  declare conflate: boolean;
  declare invertMatching: boolean;
  declare noDrop: boolean;

  constructor(options?: SocketOptions<Publisher>) {
    super('PUB', options, (host, settings) => new PublisherPattern(host, settings, false));
  }
}

export class XPublisher extends DuplexSocket {
  declare invertMatching: boolean;
  declare manual: boolean;
  declare noDrop: boolean;
  declare verbosity: null | 'allSubs' | 'allSubsUnsubs';
  declare welcomeMessage: string | null;

  constructor(options?: SocketOptions<XPublisher>) {
    super('XPUB', options, (host, settings) => new PublisherPattern(host, settings, true));
  }

  /** With `manual`: lets the peer whose subscription was received last have these topics. */
  subscribe(...prefixes: Topic[]): void {
    for (const topic of topicsOf(prefixes)) (this[CORE].pattern as PublisherPattern).subscribeLast(true, topic);
  }

  unsubscribe(...prefixes: Topic[]): void {
    for (const topic of topicsOf(prefixes)) (this[CORE].pattern as PublisherPattern).subscribeLast(false, topic);
  }
}

export class Subscriber extends ReadableSocket {
  declare conflate: boolean;
  declare invertMatching: boolean;

  constructor(options?: SocketOptions<Subscriber>) {
    super('SUB', options, (host, settings) => new SubscriberPattern(host, settings, true));
  }

  /** Receives what begins with one of these from now on; without any, everything. */
  subscribe(...prefixes: Topic[]): void {
    for (const topic of topicsOf(prefixes)) (this[CORE].pattern as SubscriberPattern).subscribe(topic);
  }

  /** Takes back as many `subscribe`. */
  unsubscribe(...prefixes: Topic[]): void {
    for (const topic of topicsOf(prefixes)) (this[CORE].pattern as SubscriberPattern).unsubscribe(topic);
  }
}

/** Subscribes by sending 01 and a topic, unsubscribes by sending 00 and the topic. */
export class XSubscriber extends DuplexSocket {
  constructor(options?: SocketOptions<XSubscriber>) {
    super('XSUB', options, (host, settings) => new SubscriberPattern(host, settings, false));
  }
}

defineOptions(Publisher, ['conflate', 'invertMatching', 'noDrop']);
defineOptions(XPublisher, ['invertMatching', 'manual', 'noDrop', 'verbosity', 'welcomeMessage']);
defineOptions(Subscriber, ['conflate', 'invertMatching']);
