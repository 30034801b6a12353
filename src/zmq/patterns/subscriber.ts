/**
 * SUB and XSUB: topics are asked for at all publishers, at each one again after every reconnection.
 *
 * Topics are counted: publishers hear of every subscription and of the last cancellation, as libzmq does it. SUB also
 * looks itself at what comes, for a publisher may be late in stopping. XSUB passes on all that comes, and what its
 * program sends: 01 or 00 and a topic changes subscriptions, anything else goes to every peer that has room.
 */
import type { Frame, OutgoingMessage } from '../../wire/zmtp/message-writer.ts';
import { bufferOf } from '../message.ts';
import type { Pipe } from '../pipe.ts';
import type { Settings } from '../settings.ts';
import { FairQueue } from './fair-queue.ts';
import { Pattern, type PatternHost } from './pattern.ts';
import { TopicTrie } from './topic-trie.ts';

export class SubscriberPattern extends Pattern {
  readonly #settings: Readonly<Settings>;
  readonly #filters: boolean;
  readonly #queue = new FairQueue();
  readonly #peers = new Set<Pipe>();
  /** How often each was asked for. */
  readonly #topics = new TopicTrie<number>();

  constructor(host: PatternHost, settings: Readonly<Settings>, filters: boolean) {
    super(host);
    this.#settings = settings;
    this.#filters = filters;
  }

  override attach(pipe: Pipe): boolean {
    this.#peers.add(pipe);
    return true;
  }

  override detach(pipe: Pipe): void {
    this.#peers.delete(pipe);
  }

  override connected(pipe: Pipe): void {
    for (const [topic] of this.#topics.entries()) pipe.link?.subscribe(true, topic);
  }

  subscribe(topic: Buffer): void {
    this.#topics.set(topic, (this.#topics.get(topic) ?? 0) + 1);
    for (const pipe of this.#peers) pipe.link?.subscribe(true, topic);
  }

  unsubscribe(topic: Buffer): void {
    const count = this.#topics.get(topic) ?? 0;
    if (count > 1) this.#topics.set(topic, count - 1);
    if (count !== 1) return;
    this.#topics.delete(topic);
    for (const pipe of this.#peers) pipe.link?.subscribe(false, topic);
  }

  override send(message: OutgoingMessage): boolean {
    if (this.#filters) return super.send(message);
    const single = typeof message === 'string' || message instanceof Uint8Array;
    const first = bufferOf(single ? message : (message[0] as Frame));
    if (first[0] === 1) this.subscribe(first.subarray(1));
    else if (first[0] === 0) this.unsubscribe(first.subarray(1));
    else for (const pipe of this.#peers) pipe.write(message);
    return true;
  }

  override take(): Buffer[] | null {
    return this.#queue.take();
  }

  override takeMany(max: number): Buffer[][] {
    return this.#queue.takeMany(max);
  }

  override get readable(): boolean {
    return !this.#queue.empty;
  }

  override get writable(): boolean {
    return !this.#filters;
  }

  override arrived(pipe: Pipe): void {
    this.#queue.add(pipe);
  }

  override accepts(parts: readonly Buffer[]): boolean {
    if (!this.#filters) return true;
    return this.#topics.matches(parts[0] as Buffer) !== this.#settings.invertMatching;
  }
}
