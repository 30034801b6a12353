/**
 * Confirms: which publishes of a channel may be acknowledged, and telling so with as few acks as possible.
 *
 *     sequence     1 2 3 4 5 6 7 8 9 10 11
 *     told         ^^^^^                        acked to the client
 *     safe               ^^^^^                  may be acked: the next flush says "through 6"
 *     in groups                ^^^|^^^^^^^      wait for group 41 | for group 42
 *
 * A publish that went to a durable log waits for its commit group; the channel asks to be told once a group, not once
 * a message. One that did not is safe at the end of the turn, unless earlier ones wait: acks go out in order, so that
 * one multiple ack covers all of them. It also waits when the client settled something before it: a confirm says of
 * whatever was acknowledged on the channel before the publish that it won't come back.
 */

import { writeU64 } from '../../bytes/numbers.ts';
import type { CommitWaiter, GroupNumber, Store } from '../../core/ports.ts';
import { FRAME_END, FRAME_METHOD } from '../../wire/amqp091/constants.ts';
import { writeFrameHead } from '../../wire/amqp091/framer.ts';
import type { Confirmer, Host } from './host.ts';

const ACK_FRAME_BYTES = 21;

/** The publishes that wait for one group: the last of them. */
interface Mark {
  readonly group: GroupNumber;
  last: number;
}

export class Confirms implements Confirmer, CommitWaiter {
  listed = false;
  /** The number of the last publish. */
  sequence = 0;
  /** The client settled something since the last publish that waits for a group; maybe before it asked for confirms. */
  settled = true;

  readonly #host: Host;
  readonly #store: Store;
  readonly #channel: number;
  #safe = 0;
  #told = 0;
  /** Groups being filled or committed; there are rarely more than two. */
  readonly #marks: Mark[] = [];
  #newest: Mark | null = null;
  #ended = false;

  constructor(host: Host, channel: number) {
    this.#host = host;
    this.#store = host.broker.store;
    this.#channel = channel;
  }

  /** Publishes that are not acknowledged. */
  get outstanding(): number {
    return this.sequence - this.#told;
  }

  /** Takes the next number for a publish that was just appended. */
  count(durable: boolean): void {
    const sequence = ++this.sequence;
    if (durable || this.settled) {
      this.settled = false;
      const group = this.#store.filling;
      if (this.#newest !== null && this.#newest.group === group) {
        this.#newest.last = sequence;
        return;
      }
      this.#newest = { group, last: sequence };
      this.#marks.push(this.#newest);
      this.#store.whenCommitted(group, this);
      return;
    }
    if (this.#newest !== null) {
      this.#newest.last = sequence;
      return;
    }
    this.#safe = sequence;
    if (!this.listed) this.#host.confirmLater(this);
  }

  committed(group: GroupNumber): void {
    if (this.#ended) return;
    const marks = this.#marks;
    while (marks.length > 0 && (marks[0] as Mark).group <= group) {
      const mark = marks.shift() as Mark;
      this.#safe = mark.last;
      if (mark === this.#newest) this.#newest = null;
    }
    if (this.#safe > this.#told && !this.listed) this.#host.confirmLater(this);
  }

  writeConfirms(): void {
    const safe = this.#safe;
    if (this.#ended || safe === this.#told) return;
    const { out } = this.#host;
    out.room(ACK_FRAME_BYTES);
    const { bytes, at } = out;
    writeFrameHead(bytes, at, FRAME_METHOD, this.#channel, ACK_FRAME_BYTES - 8);
    bytes[at + 7] = 0;
    bytes[at + 8] = 60;
    bytes[at + 9] = 0;
    bytes[at + 10] = 80;
    writeU64(bytes, at + 11, safe);
    bytes[at + 19] = safe - this.#told > 1 ? 1 : 0;
    bytes[at + 20] = FRAME_END;
    out.at = at + ACK_FRAME_BYTES;
    this.#told = safe;
  }

  /** The channel is gone: what is still to be confirmed never will be. */
  end(): void {
    this.#ended = true;
  }
}
