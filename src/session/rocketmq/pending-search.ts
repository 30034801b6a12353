/**
 * PendingSearch: a request whose answer takes reading in a log: it goes on step by step, a step a turn, and waits where
 * bytes have to come from the disk.
 */
import type { KeptLog, LogReader } from '../../core/kept-log.ts';
import { Timer } from '../../core/schedule.ts';
import { RESPONSE } from '../../wire/rocketmq/response-codes.ts';
import type { Fields, WrittenFields } from '../../wire/rocketmq/schema.ts';
import type { Call } from './call.ts';
import type { Waiting } from './peer.ts';
import { type Reply, refusal } from './reply.ts';

export type Step = 'done' | 'again' | 'cold';

export interface Search {
  /** The log that is read now. */
  readonly kept: KeptLog;
  step(): Step;
}

/** Nobody waits longer for a search. */
const SEARCH_MS_MAX = 30_000;

export class PendingSearch<A extends Fields> implements LogReader, Waiting {
  readonly #call: Call<A>;
  readonly #search: Search;
  readonly #reply: () => Reply<WrittenFields<A>> | null;
  readonly #timer = new Timer({ due: () => this.#finish(refusal(RESPONSE.SYSTEM_BUSY, 'the search takes too long')) });
  #watched: KeptLog | null = null;
  #isHeld = false;

  constructor(call: Call<A>, search: Search, reply: () => Reply<WrittenFields<A>> | null) {
    this.#call = call;
    this.#search = search;
    this.#reply = reply;
  }

  begin(): void {
    const step = this.#search.step();
    if (step === 'done') return this.#say(this.#reply());
    const { peer } = this.#call;
    const { broker } = peer.node;
    if (!peer.hold(this)) return this.#call.answer(refusal(RESPONSE.SYSTEM_BUSY, 'too many requests wait'));
    this.#isHeld = true;
    broker.schedule.set(this.#timer, broker.clock.now + SEARCH_MS_MAX);
    this.#wait(step);
  }

  goOn(): void {
    if (!this.#isHeld) return;
    this.#unwatch();
    const step = this.#search.step();
    if (step === 'done') this.#finish(this.#reply());
    else this.#wait(step);
  }

  /** Only loaded bytes are waited for. */
  grew(): void {}

  loaded(): void {
    this.#call.peer.wake(this);
  }

  abandon(): void {
    this.#unwatch();
    this.#call.peer.node.broker.schedule.cancel(this.#timer);
    this.#isHeld = false;
    this.#call.peer.release(this);
  }

  #wait(step: 'again' | 'cold'): void {
    if (step === 'again') return this.#call.peer.wakeNext(this);
    this.#watched = this.#search.kept;
    this.#watched.watch(this);
  }

  #unwatch(): void {
    this.#watched?.unwatch(this);
    this.#watched = null;
  }

  #finish(reply: Reply<WrittenFields<A>> | null): void {
    this.abandon();
    this.#say(reply);
  }

  /** null: it is answered elsewhere. */
  #say(reply: Reply<WrittenFields<A>> | null): void {
    if (reply !== null) this.#call.answer(reply);
  }
}
