/**
 * Heartbeats: when to ping a silent peer and when to give it up, as a function of a clock that is passed in.
 *
 *     ivl      after so long a PING is sent, and again after each such interval
 *     timeout  so long after a PING without any traffic the peer is dead
 *     ttl      the peer's own wish, sent in its PINGs: after so long without traffic it counts as dead
 *
 * Any bytes are a sign of life, not only a PONG.
 */
export type HeartbeatAction = 'none' | 'ping' | 'dead';

export class Heartbeats {
  readonly #intervalMs: number;
  readonly #timeoutMs: number;
  #heardMs: number;
  #pingMs: number;
  /** When the PING that is unanswered was sent; 0 without one. */
  #askedMs = 0;
  #peerTtlMs = 0;

  constructor(intervalMs: number, timeoutMs: number, nowMs: number) {
    this.#intervalMs = intervalMs;
    this.#timeoutMs = timeoutMs;
    this.#heardMs = nowMs;
    this.#pingMs = nowMs + intervalMs;
  }

  /** Something was received. */
  heard(nowMs: number): void {
    this.#heardMs = nowMs;
    this.#askedMs = 0;
  }

  /** A PING of the peer said how long its silence may last. */
  pinged(ttlMs: number): void {
    this.#peerTtlMs = ttlMs;
  }

  /** What is due now. */
  act(nowMs: number): HeartbeatAction {
    if (this.#askedMs !== 0 && nowMs - this.#askedMs >= this.#timeoutMs) return 'dead';
    if (this.#peerTtlMs !== 0 && nowMs - this.#heardMs >= this.#peerTtlMs) return 'dead';
    if (this.#intervalMs === 0 || nowMs < this.#pingMs) return 'none';
    this.#pingMs = nowMs + this.#intervalMs;
    if (this.#askedMs === 0) this.#askedMs = nowMs;
    return 'ping';
  }

  /** When `act` should be asked next; Infinity while nothing can become due. */
  get dueMs(): number {
    let dueMs = this.#intervalMs === 0 ? Number.POSITIVE_INFINITY : this.#pingMs;
    if (this.#askedMs !== 0) dueMs = Math.min(dueMs, this.#askedMs + this.#timeoutMs);
    if (this.#peerTtlMs !== 0) dueMs = Math.min(dueMs, this.#heardMs + this.#peerTtlMs);
    return dueMs;
  }
}
