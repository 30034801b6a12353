/**
 * Call: one call on its way to its answer.
 *
 *   run ──▶ response                      answered at once
 *       └─▶ null: kept by whoever answers later, by `answer`, `answerWhenCommitted` or, in pieces, `send` and `end`
 *
 * A call whose connection has gone, or whose client gave up waiting, is `abandoned`: answering it does nothing, and who
 * waits for something on its behalf is told by `onAbandoned`.
 */
import type { CommitWaiter } from '../../../core/ports.ts';
import type { Caller } from './caller.ts';
import type { GrpcNode } from './node.ts';

/** Where the answer goes: the transport's side of a call. */
export interface Answering<Response> {
  /** One of several. */
  send(response: Response): void;
  /** The only or the last one; null: there is none to come. */
  end(response: Response | null): void;
}

export class Call<Response = object> implements CommitWaiter {
  readonly node: GrpcNode;
  readonly caller: Caller;
  /** Milliseconds since the epoch by which the client wants its answer; Infinity if it does not say. */
  readonly deadline: number;
  ended = false;
  onAbandoned: (() => void) | null = null;
  readonly #answering: Answering<Response>;
  #response: Response | null = null;

  constructor(node: GrpcNode, caller: Caller, deadline: number, answering: Answering<Response>) {
    this.node = node;
    this.caller = caller;
    this.deadline = deadline;
    this.#answering = answering;
  }

  answer(response: Response): void {
    if (!this.#finish()) return;
    this.#answering.end(response);
  }

  send(response: Response): void {
    if (!this.ended) this.#answering.send(response);
  }

  end(): void {
    if (this.#finish()) this.#answering.end(null);
  }

  /** Says so when everything written up to now is durable. */
  answerWhenCommitted(response: Response): void {
    const { store, turns } = this.node.broker;
    this.keep(response);
    store.whenCommitted(store.filling, this);
    turns.wake();
  }

  /** To be said when `committed` is called. */
  keep(response: Response): void {
    this.#response = response;
  }

  committed(): void {
    if (this.#response !== null) this.answer(this.#response);
  }

  abandon(): void {
    if (this.ended) return;
    this.ended = true;
    const { onAbandoned } = this;
    this.onAbandoned = null;
    onAbandoned?.();
  }

  #finish(): boolean {
    if (this.ended) return false;
    this.ended = true;
    this.onAbandoned = null;
    return true;
  }
}
