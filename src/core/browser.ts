/**
 * Browser: reads what is in a queue without taking it: what is ready and what others hold, highest priority first.
 *
 * It is a consumer whose deliveries nobody lends: settling them gives credit back and does nothing else. It ends, and
 * says so by `empty`, at the ends that the logs had when it began. Expired and foreign-filtered messages are passed by.
 */
import { Consumer, type ConsumerOptions, type Sink, type Source } from './consumer.ts';
import type { Ledger, Lender } from './ledger.ts';
import { Entry } from './message.ts';
import type { Onlooker } from './onlooker.ts';
import { COLD, type Cursor, END, type Log } from './ports.ts';
import type { Queue } from './queue.ts';
import type { Budget, Environment, Pumpable } from './turn.ts';

interface Reach {
  readonly log: Log;
  readonly cursor: Cursor;
  readonly end: number;
}

export class Browser extends Consumer implements Source, Pumpable, Lender, Onlooker {
  ready = false;
  readonly #environment: Environment;
  readonly #queue: Queue;
  readonly #reaches: Reach[];
  readonly #entry = new Entry();
  #reach = 0;
  #ended = false;

  constructor(environment: Environment, queue: Queue, sink: Sink, ledger: Ledger, options: ConsumerOptions) {
    super(sink, ledger, { ...options, autoSettle: false });
    this.#environment = environment;
    this.#queue = queue;
    this.#reaches = [...queue.logs].reverse().map((log) => {
      const cursor = log.cursor();
      cursor.seek(log.floor);
      return { log, cursor, end: log.end };
    });
    this.source = this;
    queue.subscription.browsers ??= new Set();
    queue.subscription.browsers.add(this);
    environment.turns.enter(this);
  }

  get busy(): boolean {
    return !this.#ended;
  }

  pump(budget: Budget): boolean {
    const { clock, store, turns } = this.#environment;
    const entry = this.#entry;
    while (!this.#ended) {
      if (budget.messages <= 0 || budget.bytes <= 0) return true;
      if (!this.#canTake()) return false;
      const reach = this.#reaches[this.#reach];
      if (reach === undefined) {
        this.end();
        return false;
      }
      const { log, cursor, end } = reach;
      const state = cursor.offset >= end ? END : cursor.read(entry);
      if (state === COLD) {
        store.load(log, cursor.offset);
        return false;
      }
      if (state === END || entry.offset >= end) {
        this.#reach++;
        continue;
      }
      budget.messages--;
      cursor.advance();
      if (entry.expiresAt !== 0 && entry.expiresAt <= clock.now) continue;
      entry.look++;
      if (this.filter !== null && !this.filter.matches(entry)) continue;
      budget.bytes -= entry.share;
      turns.touch(this.sink);
      this.held++;
      this.sink.deliver(
        this,
        entry,
        this.ledger.take(this, this, entry.offset),
        log.returns.attempts(entry.offset) > 0,
      );
    }
    return false;
  }

  #canTake(): boolean {
    const hasCredit = !this.paused && (this.limit === 0 || this.held < this.limit);
    if (hasCredit && this.sink.writable && this.ledger.room) return true;
    if (hasCredit && this.sink.writable) this.ledger.park(this);
    this.waiting = true;
    return false;
  }

  /** Nothing more comes; the sink is told. */
  end(): void {
    if (this.#ended) return;
    this.#leave();
    this.#environment.turns.touch(this.sink);
    this.sink.empty(this);
  }

  override wake(): void {
    this.waiting = false;
    if (!this.#ended) this.#environment.turns.enter(this);
  }

  rejoin(): void {
    this.wake();
  }

  detach(): void {
    this.#leave();
  }

  #leave(): void {
    this.#ended = true;
    this.source = null;
    this.#queue.subscription.browsers?.delete(this);
  }

  settle(): void {}

  discard(): void {}

  giveBack(): void {}
}
