/**
 * Acknowledgements of one channel, gathered for a turn: those without a gap become one `basic.ack` with `multiple`.
 *
 *     tags of this turn   4 5 6 8        acknowledged before   1 2 3
 *     sent                ack 6 multiple, ack 8
 *
 * A tag that is sent with `multiple` must itself be unacknowledged, so it is always one of this turn's.
 */

/** Sends what was gathered; `multiple` means: and all before it. */
export type SendAck = (tag: number, multiple: boolean) => void;

export class Acknowledgements {
  readonly #send: SendAck;
  /** All up to it are settled. */
  #floor = 0;
  /** Settled above the floor. */
  readonly #above = new Set<number>();
  #gathered: number[] = [];
  #isScheduled = false;

  constructor(send: SendAck) {
    this.#send = send;
  }

  ack(tag: number): void {
    this.#gathered.push(tag);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.flush());
  }

  /** Settled in another way. */
  settle(tag: number): void {
    this.#above.add(tag);
    this.#advance();
  }

  flush(): void {
    this.#isScheduled = false;
    const gathered = this.#gathered;
    if (gathered.length === 0) return;
    this.#gathered = [];
    for (const tag of gathered) this.#above.add(tag);
    this.#advance();
    let last = 0;
    for (const tag of gathered) if (tag <= this.#floor && tag > last) last = tag;
    if (last > 0) this.#send(last, true);
    for (const tag of gathered) if (tag > this.#floor) this.#send(tag, false);
  }

  #advance(): void {
    while (this.#above.delete(this.#floor + 1)) this.#floor += 1;
  }
}
