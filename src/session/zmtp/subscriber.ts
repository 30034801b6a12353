/**
 * Subscriber: one SUB or XSUB peer of a PUB or XPUB endpoint. It has a queue of its own, transient and gone with it,
 * and every topic that it subscribes to is a binding of that queue to the exchange.
 *
 *     subscription "eu.ord" ─▶ binding "eu.#"      prefixes end anywhere, a topic exchange's patterns at a dot: so the
 *                                                  binding lets through what may match, and the rest is sorted out here
 *
 * The first frame is what subscriptions look at: the message's own if its key was taken from it, else the key, put
 * before the message's frames. A subscriber that does not keep up misses messages, as with every PUB socket.
 *
 * To a direct exchange one subscribes with a whole key. Repeated subscriptions to a topic count once, as in libzmq.
 */
import { readText } from '../../bytes/text.ts';
import { Consumer } from '../../core/consumer.ts';
import { CoreError } from '../../core/errors.ts';
import type { Exchange } from '../../core/exchange.ts';
import type { Entry } from '../../core/message.ts';
import type { Queue } from '../../core/queue.ts';
import { topicOf } from './destination.ts';
import { zmtpLimits } from './limits.ts';
import { framesOf } from './message-format.ts';
import { exchangeOf } from './node.ts';
import { type Peer, QuietRole } from './role.ts';
import { StoredMessage, ZMTP_FORMAT } from './stored-message.ts';
import { writeFrame, writeFrames } from './writing.ts';

/** Of a topic; more words than these a pattern need not have. */
const PATTERN_BYTES_MAX = 80;
const ANY = '#';
const SEPARATOR = '.';

const stored = new StoredMessage();
/** Text of one character an octet, from any bytes and without a view of them. */
const { latin1Slice } = Buffer.prototype as unknown as {
  latin1Slice(this: Uint8Array, start: number, end: number): string;
};

export class Subscriber extends QuietRole {
  readonly #peer: Peer;
  readonly #exchange: string;
  readonly #topics = new Set<string>();
  /** How many topics have each length, so that a message is looked up once a length. */
  readonly #lengths = new Map<number, number>();
  /** How many topics need each binding. */
  readonly #bindings = new Map<string, number>();
  #queue: Queue | null = null;
  #consumer: Consumer | null = null;

  constructor(peer: Peer, exchange: string) {
    super();
    this.#peer = peer;
    this.#exchange = exchange;
  }

  override ready(): void {
    const { broker, namespace } = this.#peer.node;
    const name = namespace.freshName('zmq.sub-');
    const queue = namespace.declareQueue({ name, exclusive: true, autoDelete: true }, this.#peer);
    this.#consumer = new Consumer(this.#peer, broker.ledger(), { autoSettle: true });
    this.#queue = queue;
    queue.attach(this.#consumer);
  }

  override subscription(subscribe: boolean, topic: Buffer): void {
    const text = topic.toString('latin1');
    if (this.#topics.has(text) === subscribe || this.#queue === null) return;
    if (subscribe && this.#topics.size >= zmtpLimits.subscriptionsMax) return this.#peer.close();
    const exchange = exchangeOf(this.#peer.node, this.#exchange);
    try {
      this.#bind(exchange, subscribe, bindingKeyOf(exchange.type, topic));
    } catch (error) {
      if (!(error instanceof CoreError)) throw error;
      return this.#peer.close();
    }
    if (subscribe) this.#topics.add(text);
    else this.#topics.delete(text);
    count(this.#lengths, text.length, subscribe);
  }

  override deliver(_consumer: Consumer, entry: Entry): void {
    if (this.#peer.unsentBytes > zmtpLimits.publishBytesMax) return;
    const { out, node } = this.#peer;
    if (entry.format === ZMTP_FORMAT) {
      const { bytes, start, end, overlay } = entry;
      const message = stored.point(bytes, start, end);
      if (message.keyIsFirstFrame && overlay?.key === undefined) {
        if (this.#wants(message.frames()[0] as Uint8Array)) out.append(bytes, message.framesAt, end);
        return;
      }
      const topic = Buffer.from(overlay?.key ?? message.key);
      if (!this.#wants(topic)) return;
      writeFrame(out, topic, true);
      out.append(bytes, message.framesAt, end);
      return;
    }
    const hub = node.broker.formats.get(entry.format)?.toHub(entry);
    if (hub === undefined) return;
    const key = entry.overlay?.key ?? hub.key;
    const frames = framesOf(hub);
    // It was a message of ZeroMQ once, and has its topic with it.
    const [first] = frames as [Uint8Array];
    const hasTopic = frames.length > 1 && topicOf(first) === key;
    const topic = hasTopic ? first : Buffer.from(key);
    if (!this.#wants(topic)) return;
    if (!hasTopic) writeFrame(out, topic, true);
    writeFrames(out, frames);
  }

  override ended(): void {
    const { broker } = this.#peer.node;
    broker.endSession(this.#peer, this.#consumer === null ? [] : [this.#consumer], []);
    this.#queue = null;
  }

  override cancelled(): void {
    this.#peer.close();
  }

  #bind(exchange: Exchange, subscribe: boolean, key: string): void {
    const { namespace } = this.#peer.node;
    const queue = this.#queue as Queue;
    const change = count(this.#bindings, key, subscribe);
    if (subscribe && change === 1) {
      try {
        namespace.bind(exchange.name, queue, key);
      } catch (error) {
        count(this.#bindings, key, false);
        throw error;
      }
    } else if (!subscribe && change === 0) {
      namespace.unbind(exchange.name, 'queue', queue.name, key);
    }
  }

  #wants(frame: Uint8Array): boolean {
    const text = latin1Slice.call(frame, 0, Math.min(frame.length, this.#longest));
    for (const length of this.#lengths.keys()) {
      if (length <= frame.length && this.#topics.has(text.slice(0, length))) return true;
    }
    return false;
  }

  get #longest(): number {
    let longest = 0;
    for (const length of this.#lengths.keys()) longest = Math.max(longest, length);
    return longest;
  }
}

/** The number afterwards. */
function count<Key>(counts: Map<Key, number>, key: Key, up: boolean): number {
  const number = (counts.get(key) ?? 0) + (up ? 1 : -1);
  if (number > 0) counts.set(key, number);
  else counts.delete(key);
  return number;
}

/** The narrowest binding that lets everything through that begins with `topic`. */
function bindingKeyOf(type: string, topic: Uint8Array): string {
  if (type === 'direct') return topicOf(topic);
  if (type !== 'topic') return '';
  const text = readText(topic, 0, Math.min(topic.length, PATTERN_BYTES_MAX));
  const words = text.slice(0, text.lastIndexOf(SEPARATOR) + 1);
  return words + ANY;
}
