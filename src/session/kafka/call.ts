/**
 * Call: one request on its way to its answer.
 *
 *   run ──▶ response                      answered at once
 *       └─▶ null: kept by whoever answers later, by `answer` or `answerWhenCommitted`, or never (`noAnswer`)
 *
 * Answers leave a connection in the order of its requests (replies.ts), whenever they come. A call whose connection
 * has gone is `abandoned`: answering it does nothing, and who waits for something on its behalf is told by
 * `onAbandoned`.
 */
import type { CommitWaiter, GroupNumber } from '../../core/ports.ts';
import type { Api } from '../../wire/kafka/api.ts';
import { responseSize, writeResponse } from '../../wire/kafka/messages.ts';
import type { Peer } from './peer.ts';

export class Call<Response = object> implements CommitWaiter {
  readonly peer: Peer;
  readonly api: Api;
  readonly version: number;
  readonly correlationId: number;
  /** What the client calls itself; '' if it does not. */
  readonly clientId: string;
  /** Others like it may run before it is answered. */
  readonly overlaps: boolean;
  /** Its answer may leave, once those before it have. */
  ready = false;
  abandoned = false;
  /** null: there is none to send. */
  response: Response | null = null;
  /** The response in lent bytes, if it had to be written at once. */
  encoded: Uint8Array | null = null;
  onAbandoned: (() => void) | null = null;

  constructor(peer: Peer, api: Api, version: number, correlationId: number, clientId: string, overlaps: boolean) {
    this.peer = peer;
    this.api = api;
    this.version = version;
    this.correlationId = correlationId;
    this.clientId = clientId;
    this.overlaps = overlaps;
  }

  answer(response: Response): void {
    this.response = response;
    this.#finish();
  }

  /** As `answer`, of a response that holds only until the end of the turn. */
  answerNow(response: Response): void {
    const { api, version, correlationId } = this;
    const body = response as Readonly<Record<string, unknown>>;
    const bytes = this.peer.node.answerBuffers.lend(responseSize(api, version, body));
    writeResponse(api, version, correlationId, body, bytes, 0);
    this.encoded = bytes;
    this.peer.node.fetchBudget.take(bytes.length);
    this.#finish();
  }

  /** The encoded answer has left, or never will. */
  release(): void {
    const { encoded } = this;
    if (encoded === null) return;
    this.encoded = null;
    this.peer.node.fetchBudget.giveBack(encoded.length);
    this.peer.node.answerBuffers.giveBack(encoded);
  }

  /** There is nothing to say; the next one's turn. */
  noAnswer(): void {
    this.#finish();
  }

  /** Says so when everything written up to now in `group` is durable. */
  answerWhenCommitted(group: GroupNumber, response: Response): void {
    this.response = response;
    const { broker } = this.peer.node;
    broker.store.whenCommitted(group, this);
    broker.wake();
  }

  committed(): void {
    this.#finish();
  }

  abandon(): void {
    this.abandoned = true;
    this.release();
    const { onAbandoned } = this;
    this.onAbandoned = null;
    onAbandoned?.();
  }

  #finish(): void {
    if (this.abandoned) return;
    this.ready = true;
    this.onAbandoned = null;
    this.peer.touch();
  }
}
