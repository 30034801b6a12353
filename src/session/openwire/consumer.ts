/**
 * OpenWireConsumer: one ConsumerInfo. It receives from one queue or from several: a composite's, those that a wildcard
 * matches, or the queue of its subscription to a topic. Each of them is a Part, a consumer of the core.
 *
 *     ConsumerInfo ──▶ OpenWireConsumer { ledger: what it holds, in order; credit = prefetch }
 *                        ├─ Part ─ queue a       all parts share ledger and credit
 *                        └─ Part ─ queue b
 *
 * A prefetch of 0 means that it pulls: its parts are paused until the client asks for one message, and again when it
 * came. The tag of a delivery goes out as the message id's broker sequence, and comes back when it is acknowledged.
 */
import { Browser } from '../../core/browser.ts';
import { Consumer, type ConsumerOptions, type Sink } from '../../core/consumer.ts';
import type { Filter } from '../../core/filter.ts';
import type { Ledger } from '../../core/ledger.ts';
import type { Entry } from '../../core/message.ts';
import type { Queue } from '../../core/queue.ts';
import { Timer } from '../../core/schedule.ts';
import type { Transaction } from '../../core/transaction.ts';
import type { Environment } from '../../core/turn.ts';
import type { Destination, StructureOf } from '../../wire/openwire/structures.ts';
import { type Dispatch, prefixOf, type Recipient } from './dispatch.ts';
import type { TurnTaker } from './exclusive-turns.ts';
import { openwireLimits } from './limits.ts';
import type { OpenWireNode } from './node.ts';
import type { Touched } from './transactions.ts';

const DELIVERED = 0;
const POISON = 1;
const STANDARD = 2;
const REDELIVERED = 3;
const INDIVIDUAL = 4;
const UNMATCHED = 5;
const EXPIRED = 6;

const NO_WAIT = -1;
/** A pull that is not to wait waits for bytes that are on their way from the disk all the same. */
const LOOK_AGAIN_MS = 5;
/** What a client says of its last message when it does not know. */
const UNKNOWN_SEQUENCE = -2;

export interface ConsumerSurroundings {
  readonly node: OpenWireNode;
  readonly sink: Sink;
  readonly dispatch: Dispatch;
  touch(): void;
}

/** One queue of a consumer. */
class Part extends Consumer implements Recipient {
  readonly owner: OpenWireConsumer;
  readonly queue: Queue;
  readonly consumerId: StructureOf<'ConsumerId'>;
  readonly destination: Destination;
  readonly prefix: Uint8Array;
  readonly logId: number;

  /** Only a browser is. */
  readonly busy = false;

  constructor(owner: OpenWireConsumer, queue: Queue, destination: Destination, sink: Sink, options: ConsumerOptions) {
    super(sink, owner.ledger, options);
    this.owner = owner;
    this.queue = queue;
    this.consumerId = owner.consumerId;
    this.destination = destination;
    this.prefix = prefixOf(owner.consumerId, destination);
    this.logId = queue.logs[0]?.id ?? 0;
  }
}

/** The same for a browser. */
class BrowsingPart extends Browser {
  readonly owner: OpenWireConsumer;
  readonly recipient: Recipient;

  constructor(
    owner: OpenWireConsumer,
    environment: Environment,
    queue: Queue,
    destination: Destination,
    sink: Sink,
    options: ConsumerOptions,
  ) {
    super(environment, queue, sink, owner.ledger, options);
    this.owner = owner;
    const { consumerId } = owner;
    this.recipient = {
      consumerId,
      destination,
      prefix: prefixOf(consumerId, destination),
      logId: queue.logs[0]?.id ?? 0,
    };
  }
}

export class OpenWireConsumer implements TurnTaker, Touched {
  readonly info: StructureOf<'ConsumerInfo'>;
  readonly consumerId: StructureOf<'ConsumerId'>;
  readonly ledger: Ledger;
  readonly filter: Filter | null;
  /** The queue of a subscription, which may have to be deleted with its consumer. */
  subscription: Queue | null = null;
  /** Of advisory topics: no queue is behind them. */
  readonly advisoryTopics: string[] = [];
  hasEnded = false;

  readonly #around: ConsumerSurroundings;
  readonly #parts = new Map<Queue, Part | BrowsingPart>();
  readonly #pullTimer = new Timer({ due: () => this.#pullIsOver() });
  /** What its tags are added to, so that no other consumer gives the same numbers. */
  readonly #firstSequence: number;
  #prefetch: number;
  /** Delivered and said to be so: credit beyond the prefetch until they are acknowledged. */
  #extension = 0;
  #pulls = 0;
  #browsed = false;

  constructor(info: StructureOf<'ConsumerInfo'>, filter: Filter | null, around: ConsumerSurroundings) {
    this.info = info;
    this.consumerId = info.consumerId as StructureOf<'ConsumerId'>;
    this.filter = filter;
    this.#around = around;
    this.#firstSequence = around.node.nextSequences();
    this.#prefetch = prefetchOf(info.prefetchSize);
    this.ledger = around.node.broker.ledger();
    this.ledger.limit = this.#prefetch;
  }

  get isExclusive(): boolean {
    return this.info.exclusive;
  }

  get #isPulling(): boolean {
    return this.#prefetch === 0;
  }

  // ── Queues ──

  /** `filter` is the consumer's, unless the queue is its own and has it already. */
  receiveFrom(queue: Queue, destination: Destination, filter: Filter | null): void {
    if (this.hasEnded || this.#parts.has(queue) || this.#parts.size >= openwireLimits.partsMax) return;
    const { node, sink } = this.#around;
    if (this.info.browser) {
      const options = { filter, limit: this.#prefetch };
      this.#parts.set(queue, new BrowsingPart(this, node.broker, queue, destination, sink, options));
      return;
    }
    const part = new Part(this, queue, destination, sink, { filter });
    if (this.#isPulling && this.#pulls === 0) part.pause();
    queue.attach(part);
    this.#parts.set(queue, part);
    node.exclusiveTurns.join(queue, this);
  }

  setTurn(queue: Queue, hasTurn: boolean): void {
    const part = this.#parts.get(queue);
    if (part === undefined || this.#isPulling) return;
    if (hasTurn) part.resume();
    else part.pause();
  }

  // ── Deliveries ──

  deliver(part: Part | BrowsingPart, entry: Entry, tag: number, redelivered: boolean): void {
    const attempts = redelivered ? attemptsOf(this.queueOf(part), entry) : 0;
    const recipient = part instanceof Part ? part : part.recipient;
    this.#around.dispatch.deliver(recipient, entry, this.#firstSequence + tag, attempts);
    if (!this.#isPulling || this.info.browser || --this.#pulls > 0) return;
    this.#around.node.broker.schedule.cancel(this.#pullTimer);
    this.#pause();
  }

  queueOf(part: Part | BrowsingPart): Queue {
    for (const [queue, other] of this.#parts) if (other === part) return queue;
    throw new Error('a part of no queue');
  }

  /** A browser came to the end of a queue; at the last one the client is told. */
  browsed(): void {
    for (const part of this.#parts.values()) if (part.busy) return;
    if (this.#browsed) return;
    this.#browsed = true;
    this.#sayNothing();
  }

  // ── Pulls ──

  pull(timeoutMs: number): void {
    if (!this.#isPulling) return;
    this.#pulls++;
    for (const part of this.#parts.values()) part.resume();
    const { schedule, clock } = this.#around.node.broker;
    if (timeoutMs === NO_WAIT) schedule.set(this.#pullTimer, clock.now);
    else if (timeoutMs > 0) schedule.set(this.#pullTimer, clock.now + timeoutMs);
  }

  #pullIsOver(): void {
    if (this.#pulls === 0 || this.hasEnded) return;
    const { schedule, clock } = this.#around.node.broker;
    for (const part of this.#parts.values()) {
      if (part.source?.busy === true) return schedule.set(this.#pullTimer, clock.now + LOOK_AGAIN_MS);
    }
    this.#pulls = 0;
    this.#pause();
    this.#sayNothing();
  }

  #pause(): void {
    for (const part of this.#parts.values()) part.pause();
  }

  #sayNothing(): void {
    const { consumerId } = this;
    this.#around.dispatch.nothing({ consumerId, destination: this.info.destination as Destination });
    this.#around.touch();
  }

  // ── Credit and acknowledgements ──

  /** A client that comes back after a failure begins with 0, and says how many when it has put itself in order. */
  setPrefetch(prefetch: number): void {
    const wasPulling = this.#isPulling;
    this.#prefetch = prefetchOf(prefetch);
    this.#setLimit();
    if (this.#isPulling === wasPulling) return;
    for (const part of this.#parts.values()) {
      if (this.#isPulling) part.pause();
      else part.resume();
    }
  }

  acknowledge(ack: StructureOf<'MessageAck'>, transaction: Transaction | null): void {
    const last = this.#tagOf(ack.lastMessageId);
    const first = ack.messageCount > 1 ? (this.#tagOf(ack.firstMessageId) ?? 1) : last;
    // Of a connection before this one: what it was about has been given back.
    if (last === null || first === null) return;
    switch (ack.ackType) {
      case DELIVERED:
        this.#extension = Math.min(this.#extension + Math.max(1, ack.messageCount), openwireLimits.prefetchMax);
        this.#setLimit();
        return;
      case REDELIVERED:
        return;
      case STANDARD:
      case UNMATCHED:
        this.#end(first, last, 'settle', transaction);
        return;
      case INDIVIDUAL:
        this.#end(last, last, 'settle', transaction);
        return;
      case POISON:
      case EXPIRED:
        this.#end(first, last, 'discard', transaction);
        return;
    }
  }

  #end(first: number, last: number, verdict: 'settle' | 'discard', transaction: Transaction | null): void {
    const before = this.ledger.size;
    if (transaction !== null) {
      transaction.settleBetween(this.ledger, first, last, verdict);
      return;
    }
    this.ledger.endBetween(first, last, verdict);
    this.#giveUpExtension(before - this.ledger.size);
  }

  #giveUpExtension(settled: number): void {
    if (this.#extension === 0 || settled === 0) return;
    this.#extension = Math.max(0, this.#extension - settled);
    this.#setLimit();
  }

  #setLimit(): void {
    this.ledger.setLimit(this.#prefetch === 0 ? 0 : this.#prefetch + this.#extension);
  }

  #tagOf(id: StructureOf<'MessageId'> | null): number | null {
    const tag = (id?.brokerSequenceId ?? 0) - this.#firstSequence;
    return tag > 0 && tag <= this.ledger.lastTag ? tag : null;
  }

  /** A transaction that it took part in is over. */
  decided(): void {
    this.#extension = Math.min(this.#extension, this.ledger.size);
    this.#setLimit();
    if (this.hasEnded) this.ledger.giveBackAll();
  }

  // ── The end ──

  /** `lastSequence`: of the last message that the program has seen; what came after it counts as not delivered. */
  end(lastSequence = UNKNOWN_SEQUENCE): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    const { node } = this.#around;
    node.broker.schedule.cancel(this.#pullTimer);
    for (const [queue, part] of this.#parts) {
      part.cancel();
      if (part instanceof Part) node.exclusiveTurns.leave(queue, this);
    }
    if (lastSequence !== UNKNOWN_SEQUENCE) {
      const lastTag = Math.max(0, lastSequence - this.#firstSequence);
      this.ledger.endBetween(lastTag + 1, Number.MAX_SAFE_INTEGER, 'putBack');
    }
    this.ledger.giveBackAll();
    if (this.subscription?.exclusive === true && !this.subscription.deleted) {
      node.namespace.deleteQueue(this.subscription.name, null);
    }
  }

  wake(): void {
    for (const part of this.#parts.values()) part.wake();
  }

  /** One of its queues was deleted. */
  lost(part: Part | BrowsingPart): void {
    this.#parts.delete(this.queueOf(part));
  }
}

/** The consumer that a delivery of the core is for. */
export function ownerOf(consumer: Consumer): { owner: OpenWireConsumer; part: Part | BrowsingPart } {
  const part = consumer as Part | BrowsingPart;
  return { owner: part.owner, part };
}

function attemptsOf(queue: Queue, { offset, priority }: Entry): number {
  const log = queue.logs[Math.min(priority, queue.levels - 1)];
  return Math.max(1, log?.returns.attempts(offset) ?? 1);
}

function prefetchOf(size: number): number {
  return Math.max(0, Math.min(size, openwireLimits.prefetchMax));
}
