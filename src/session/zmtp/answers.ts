/**
 * Answers: what a peer is told in the order of its requests, each not before its message is durable.
 *
 *     [ group 7: 200 x 12 | at once: 404 | group 8: 200 ▶      nothing overtakes
 *
 * Equal answers that wait for the same group are one entry with a number. Too many, and the peer is not read.
 */
import { copyBytes } from '../../bytes/copy.ts';
import type { CommitWaiter, GroupNumber } from '../../core/ports.ts';
import { zmtpLimits } from './limits.ts';
import { PAUSED_UNANSWERED, type Peer } from './role.ts';

interface Answer {
  /** TRANSIENT: as soon as those before it are gone. */
  readonly group: GroupNumber;
  /** Frames as on the wire. */
  readonly bytes: Uint8Array;
  times: number;
}

export class Answers implements CommitWaiter {
  readonly #peer: Peer;
  #waiting: Answer[] = [];
  #count = 0;
  #bytes = 0;
  #awaited: GroupNumber = 0;
  #paused = false;
  #ended = false;

  constructor(peer: Peer) {
    this.#peer = peer;
  }

  add(group: GroupNumber, bytes: Uint8Array): void {
    const last = this.#waiting.at(-1);
    if (last !== undefined && last.group === group && last.bytes === bytes) last.times++;
    else this.#waiting.push({ group, bytes, times: 1 });
    this.#count++;
    this.#bytes += bytes.length;
    if (group > this.#awaited) {
      this.#awaited = group;
      this.#peer.node.broker.store.whenCommitted(group, this);
    }
    this.#peer.touch();
    const { answersMax, answerBytesMax } = zmtpLimits;
    if (this.#paused || (this.#count < answersMax && this.#bytes < answerBytesMax)) return;
    this.#paused = true;
    this.#peer.pause(PAUSED_UNANSWERED);
  }

  committed(): void {
    if (!this.#ended) this.#peer.touch();
  }

  /** The end of a turn: writes what may be said. */
  write(): void {
    const { committed } = this.#peer.node.broker.store;
    const { out } = this.#peer;
    let written = 0;
    for (const { group, bytes, times } of this.#waiting) {
      if (group > committed) break;
      written++;
      this.#count -= times;
      this.#bytes -= bytes.length * times;
      for (let left = times; left > 0; left--) {
        if (bytes.length > 1024) out.append(bytes);
        else {
          out.room(bytes.length);
          copyBytes(bytes, 0, bytes.length, out.bytes, out.at);
          out.at += bytes.length;
        }
      }
    }
    if (written === 0) return;
    this.#waiting = this.#waiting.slice(written);
    if (!this.#paused) return;
    this.#paused = false;
    this.#peer.resume(PAUSED_UNANSWERED);
  }

  end(): void {
    this.#ended = true;
    this.#waiting = [];
  }
}
