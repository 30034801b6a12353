/**
 * PUB and XPUB: every message goes to all peers that asked for a topic that it begins with. A peer without room misses
 * it; with `noDrop` the message waits instead, for all of them.
 *
 * For each peer and topic there is one subscription, however often it was asked for: libzmq's subscribers count for
 * themselves, and cancel once. XPUB sees as messages (01 or 00 and the topic) what changes the set of topics as a
 * whole, by `verbosity` every request; and with `manual` the program decides what the peer gets.
 */

import type { Frame, OutgoingMessage } from '../../wire/zmtp/message-writer.ts';
import { ZmqError } from '../errors.ts';
import type { Pipe } from '../pipe.ts';
import type { Settings } from '../settings.ts';
import { FairQueue } from './fair-queue.ts';
import { latin1 } from './latin1.ts';
import { Pattern, type PatternHost } from './pattern.ts';
import { TopicTrie } from './topic-trie.ts';

/** Of one peer; who asks for more is cut off. */
const TOPICS_MAX = 1_000_000;

export class PublisherPattern extends Pattern {
  readonly #settings: Readonly<Settings>;
  /** Does the program see subscriptions and messages of its peers? */
  readonly #hears: boolean;
  readonly #queue = new FairQueue();
  readonly #topics = new TopicTrie<Set<Pipe>>();
  /** The topics of each peer, as latin1. */
  readonly #peers = new Map<Pipe, Set<string>>();
  readonly #found: Set<Pipe>[] = [];

  constructor(host: PatternHost, settings: Readonly<Settings>, hears: boolean) {
    super(host);
    this.#settings = settings;
    this.#hears = hears;
  }

  override attach(pipe: Pipe): boolean {
    this.#peers.set(pipe, new Set());
    return true;
  }

  override connected(pipe: Pipe): void {
    const { welcomeMessage } = this.#settings;
    if (welcomeMessage !== null) pipe.write(welcomeMessage);
  }

  /** What the peer had asked for is over, and XPUB's program hears so. */
  override detach(pipe: Pipe): void {
    for (const topic of this.#peers.get(pipe) ?? []) this.#cancel(pipe, Buffer.from(topic, 'latin1'), true);
    this.#peers.delete(pipe);
    this.#heard(pipe);
  }

  /** A connection that is made again subscribes again. */
  override disconnected(pipe: Pipe): void {
    for (const topic of this.#peers.get(pipe) ?? []) this.#cancel(pipe, Buffer.from(topic, 'latin1'), true);
    this.#peers.get(pipe)?.clear();
    this.#heard(pipe);
  }

  override subscription(pipe: Pipe, subscribe: boolean, topic: Buffer): boolean {
    const { manual, verbosity } = this.#settings;
    if (manual && this.#hears) return this.#tell(pipe, subscribe, topic);
    if (!subscribe) return this.#cancel(pipe, topic, verbosity === 'allSubsUnsubs');
    const first = this.#add(pipe, topic);
    return first || verbosity !== null ? this.#tell(pipe, true, topic) : true;
  }

  /** With `manual`: what the peer whose message was taken last shall get. */
  subscribeLast(subscribe: boolean, topic: Buffer): void {
    const pipe = this.#queue.from;
    if (!this.#settings.manual || pipe === null) throw new ZmqError('EINVAL');
    if (pipe.ended) return;
    if (subscribe) this.#add(pipe, topic);
    else this.#forget(pipe, topic);
  }

  override send(message: OutgoingMessage): boolean {
    const { noDrop, invertMatching } = this.#settings;
    const first = typeof message === 'string' || message instanceof Uint8Array ? message : (message[0] as Frame);
    const found = this.#found;
    found.length = 0;
    this.#topics.collect(typeof first === 'string' ? Buffer.from(first) : first, found);
    const audience = invertMatching ? this.#others(found) : audienceOf(found);
    if (noDrop) {
      for (const pipe of audience) {
        if (!pipe.full) continue;
        pipe.awaitRoom();
        return false;
      }
    }
    for (const pipe of audience) pipe.write(message);
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
    return true;
  }

  override arrived(pipe: Pipe): void {
    if (this.#hears) this.#queue.add(pipe);
  }

  /** PUB takes no messages. */
  override accepts(): boolean {
    return this.#hears;
  }

  /** Is it the first one for this topic? */
  #add(pipe: Pipe, topic: Buffer): boolean {
    const topics = this.#peers.get(pipe);
    if (topics === undefined) return false;
    if (topics.size === TOPICS_MAX) {
      pipe.link?.close();
      return false;
    }
    topics.add(latin1(topic));
    const pipes = this.#topics.get(topic);
    pipes?.add(pipe);
    if (pipes === undefined) this.#topics.set(topic, new Set([pipe]));
    return pipes === undefined;
  }

  /** Was it the last one for this topic? */
  #forget(pipe: Pipe, topic: Buffer): boolean {
    this.#peers.get(pipe)?.delete(latin1(topic));
    const pipes = this.#topics.get(topic);
    if (pipes === undefined || !pipes.delete(pipe) || pipes.size > 0) return false;
    this.#topics.delete(topic);
    return true;
  }

  #cancel(pipe: Pipe, topic: Buffer, always: boolean): boolean {
    const last = this.#forget(pipe, topic);
    return last || always ? this.#tell(pipe, false, topic) : true;
  }

  /** As a message of the peer, for the program. */
  #tell(pipe: Pipe, subscribe: boolean, topic: Buffer): boolean {
    return !this.#hears || pipe.deliver([Buffer.concat([Buffer.of(subscribe ? 1 : 0), topic])]);
  }

  #heard(pipe: Pipe): void {
    if (!this.#hears || pipe.waiting === 0) return;
    this.#queue.add(pipe);
    this.host.readable();
  }

  #others(found: readonly Set<Pipe>[]): Pipe[] {
    return [...this.#peers.keys()].filter((pipe) => !found.some((pipes) => pipes.has(pipe)));
  }
}

/** Each peer once, whatever number of its topics match. */
function audienceOf(found: readonly Set<Pipe>[]): Iterable<Pipe> {
  if (found.length === 0) return [];
  if (found.length === 1) return found[0] as Set<Pipe>;
  const all = new Set<Pipe>();
  for (const pipes of found) for (const pipe of pipes) all.add(pipe);
  return all;
}
