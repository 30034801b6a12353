/**
 * ConfirmedAnswers: what a connection says once the messages that it speaks of are durable.
 *
 *     publish ─▶ note() ─▶ writer: the answer, at once as bytes        [ group 7 | group 7 | group 8 ▶
 *     committed(7) ─▶ what was written for group 7 goes to the socket
 *
 * An answer is encoded while its request is at hand, so nothing is kept of a message but those bytes, and waiting costs
 * no object a message. Answers carry the number of their request: others may overtake them.
 */
import type { Outbox } from '../../bytes/outbox.ts';
import { type SlabSink, SlabWriter } from '../../bytes/slab-writer.ts';
import type { CommitWaiter, GroupNumber, Store } from '../../core/ports.ts';
import { CommandWriter } from '../../wire/rocketmq/command-writer.ts';

interface Piece {
  readonly group: GroupNumber;
  readonly bytes: Uint8Array;
  readonly release: (() => void) | null;
}

export class ConfirmedAnswers implements SlabSink, CommitWaiter {
  readonly writer: CommandWriter;
  /** Bytes that wait. */
  pendingBytes = 0;
  readonly #slab: SlabWriter;
  readonly #store: Store;
  readonly #outbox: Outbox;
  #pieces: Piece[] = [];
  /** What is in the slab waits for this one. */
  #group: GroupNumber = -1;
  #closed = false;

  constructor(store: Store, outbox: Outbox) {
    this.#store = store;
    this.#outbox = outbox;
    this.#slab = new SlabWriter(this);
    this.writer = new CommandWriter(this.#slab);
  }

  /** What is written next waits until everything published up to now is committed. */
  note(): void {
    const group = this.#store.filling;
    if (group === this.#group) return;
    this.#slab.flush();
    this.#group = group;
    this.#store.whenCommitted(group, this);
  }

  /** At the end of a turn: a slab is not kept for a few bytes. */
  settle(): void {
    this.#slab.flush();
  }

  write(bytes: Uint8Array, release: (() => void) | null): void {
    if (this.#closed) return release?.();
    this.#pieces.push({ group: this.#group, bytes, release });
    this.pendingBytes += bytes.length;
  }

  committed(group: GroupNumber): void {
    if (this.#group <= group) {
      this.#slab.flush();
      this.#group = -1;
    }
    let sent = 0;
    for (const piece of this.#pieces) {
      if (piece.group > group) break;
      sent++;
      this.pendingBytes -= piece.bytes.length;
      this.#outbox.write(piece.bytes, piece.release);
    }
    if (sent > 0) this.#pieces = this.#pieces.slice(sent);
  }

  /** The connection is gone. */
  abandon(): void {
    this.#closed = true;
    this.#slab.discard();
    for (const { release } of this.#pieces) release?.();
    this.#pieces = [];
    this.pendingBytes = 0;
  }
}
