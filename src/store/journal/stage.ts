/**
 * Stage: one commit group while it fills, and until it is durable.
 *
 * Payload is copied straight into the slab that will be written and afterwards read from:
 *
 *   slab  │ earlier blocks │ header │ prefix │ entries in arrival order ──▶ │      room for the table      │
 *                            └ block start                                  └ at                           └ limit
 *
 * Consecutive messages for the same LogSet are one run, which becomes one extent in each log of the set, however
 * many logs that is: fan-out costs per run, not per message. When arrivals alternate between many sets, sealing
 * regroups the region by set, so that a log's messages of one block lie together. A placed entry is a run without
 * payload, in its turn; so the order in a log is the order of arrival, and offsets are known before the commit.
 *
 * A group is 1..n blocks. Records (releases, definitions, …) go into the last block, or blocks of their own.
 */
import type { Message } from '../../core/message.ts';
import type { CommitWaiter, GroupNumber, LogSet } from '../../core/ports.ts';
import { BLOCK_HEADER_BYTES } from '../block.ts';
import type { Position } from '../engine.ts';
import { readLength, writeEntry, writeLength } from './entry-codec.ts';
import { EXTENT, EXTENT_RECORD_BYTES, PAYLOAD_AT, PLACEMENT, Records, writeExtent } from './records.ts';
import { Runs, regroup } from './runs.ts';
import type { StoredLog } from './stored-log.ts';
import type { Slab, SlabPool, Windows } from './window.ts';

/** A slab with less room than this behind its last block is left alone. */
const SLAB_REST_BYTES = 16 * 1024;

/** One block of the group: where it lies and which runs are in it. */
export class StagedBlock {
  readonly slab: Slab;
  readonly start: number;
  /** One past its last byte; payload only until it is sealed, the whole block afterwards. */
  end: number;
  readonly firstRun: number;
  /** One past its last run. */
  lastRun: number;

  constructor(slab: Slab, start: number, firstRun: number) {
    this.slab = slab;
    this.start = start;
    this.end = start + PAYLOAD_AT;
    this.firstRun = firstRun;
    this.lastRun = firstRun;
  }
}

export class Stage {
  readonly #pool: SlabPool;
  group: GroupNumber = 0;
  /** Somebody may be told that what is in here is durable; a group of mere acknowledgements promises nothing. */
  promising = false;
  readonly records = new Records();
  readonly waiters: CommitWaiter[] = [];
  /** Logs with a pending range of releases, see `StoredLog.releaseFrom`. */
  readonly releasing: StoredLog[] = [];
  readonly blocks: StagedBlock[] = [];
  payloadBytes = 0;

  readonly runs = new Runs();

  // The run and block that the next entry may join.
  #set: LogSet | null = null;
  #transient = false;
  #run = -1;
  /** Messages of that run that its logs' `staged` counts already. */
  #counted = 0;
  #slab: Slab | null = null;
  #block: StagedBlock | null = null;
  #at = 0;
  /** The block's payload may not pass this, so that its extents still fit behind it. */
  #limit = 0;

  constructor(pool: SlabPool) {
    this.#pool = pool;
  }

  get empty(): boolean {
    return this.trivial && this.waiters.length === 0;
  }

  /** There is nothing to write. */
  get trivial(): boolean {
    return this.runs.length === 0 && this.records.length === 0 && this.releasing.length === 0;
  }

  /** Bytes that writing it will take, at most. */
  get bytes(): number {
    return (
      this.payloadBytes +
      this.runs.length * EXTENT_RECORD_BYTES +
      this.records.length +
      this.releasing.length * 21 +
      4096
    );
  }

  append(set: LogSet, message: Message, length: number): void {
    const transient = !message.persistent;
    const needed = set.durable.length * EXTENT_RECORD_BYTES;
    if (this.#at + length > this.#limit - (set === this.#set && transient === this.#transient ? 0 : needed)) {
      this.#nextBlock(length + needed);
    }
    const at = this.#at;
    writeEntry(this.#slab!.bytes, at, length, message);
    this.#joined(set, transient, at, length, message.count, needed);
  }

  /**
   * As `append`, but the caller writes the `length` bytes at the place that is answered, before anything else happens.
   */
  reserve(set: LogSet, persistent: boolean, length: number, messages: number): { bytes: Uint8Array; at: number } {
    const needed = set.durable.length * EXTENT_RECORD_BYTES;
    if (this.#at + length > this.#limit - needed) this.#nextBlock(length + needed);
    const at = this.#at;
    this.#joined(set, !persistent, at, length, messages, needed);
    return { bytes: this.#slab!.bytes, at };
  }

  /** Puts what lies at `position` in the journal into the durable logs of `set` too; it is held for them till then. */
  place(set: LogSet, position: Position, bytes: number, messages: number, transient: boolean): void {
    const needed = set.durable.length * EXTENT_RECORD_BYTES;
    if (this.#at + needed > this.#limit) this.#nextBlock(needed);
    this.count();
    for (const log of set.durable as readonly StoredLog[]) log.staged += messages;
    this.runs.push(set, this.#at, position, bytes, messages, transient);
    this.#limit -= needed;
    // Whatever comes next is a run of its own.
    this.#set = null;
    this.#run = -1;
    this.promising = true;
  }

  /** Brings the `staged` of the open run's logs up to date. */
  count(): void {
    if (this.#run < 0) return;
    const messages = this.runs.messages[this.#run]!;
    const uncounted = messages - this.#counted;
    if (uncounted === 0) return;
    this.#counted = messages;
    for (const log of this.runs.sets[this.#run]!.durable as readonly StoredLog[]) log.staged += uncounted;
  }

  #joined(set: LogSet, transient: boolean, at: number, length: number, messages: number, needed: number): void {
    if (set === this.#set && transient === this.#transient) {
      this.runs.bytes[this.#run]! += length;
      this.runs.messages[this.#run]! += messages;
    } else {
      this.count();
      this.#counted = 0;
      this.#run = this.runs.length;
      this.#set = set;
      this.#transient = transient;
      this.runs.push(set, at, -1, length, messages, transient);
      this.#limit -= needed;
      this.promising = true;
    }
    this.#at = at + length;
    this.payloadBytes += length;
  }

  /** Closes the open block and all pending ranges; afterwards every block is complete but for its header. */
  seal(): void {
    this.count();
    this.#closeBlock();
    for (const log of this.releasing) {
      this.records.release(log.id, log.releaseFrom, log.releaseTo);
      log.releasing = false;
    }
    this.releasing.length = 0;
    for (const block of this.blocks) {
      regroup(this.runs, block);
      this.#writeExtents(block);
    }
    this.#writeRecords();
    // The next group goes on behind these blocks, if the slab still has some room.
    const slab = this.#slab;
    if (slab === null) return;
    this.#at = this.blocks[this.blocks.length - 1]!.end;
    if (slab.bytes.length - this.#at < SLAB_REST_BYTES) this.dropSlab();
  }

  /** Hands the slab and the place in it to the stage that fills next. */
  passSlab(to: Stage): void {
    to.#slab = this.#slab;
    to.#at = this.#at;
    to.#limit = 0;
    this.#slab = null;
  }

  dropSlab(): void {
    if (this.#slab === null) return;
    this.#pool.release(this.#slab);
    this.#slab = null;
  }

  /**
   * The group is durable: its blocks join the tail cache and its messages become visible. Answers the bytes written.
   * `positions` are those of the blocks, in order.
   */
  settle(positions: readonly Position[], tail: Windows, advanced: (log: StoredLog) => void): number {
    let written = 0;
    for (let index = 0; index < this.blocks.length; index++) {
      const block = this.blocks[index]!;
      const position = positions[index]!;
      const length = block.end - block.start;
      written += length;
      // A block without payload is never read again.
      if (block.lastRun === block.firstRun) continue;
      tail.push(position, length, block.slab, block.start);
      for (let run = block.firstRun; run < block.lastRun; run++) {
        const placedAt = this.runs.placedAts[run]!;
        const at = placedAt < 0 ? position + this.runs.ats[run]! - block.start : placedAt;
        const bytes = this.runs.bytes[run]!;
        const messages = this.runs.messages[run]!;
        for (const log of this.runs.sets[run]!.durable as readonly StoredLog[]) {
          if (!log.dropped) {
            log.index.append(at, bytes, messages, this.runs.transient[run]!);
            log.staged -= messages;
            advanced(log);
          }
          // `Journal.place` held the bytes for the time until here.
          if (placedAt >= 0) log.index.holdings.free(log.index, placedAt, bytes);
        }
      }
    }
    return written;
  }

  /** Forgets the group that was committed; the blocks' slabs were taken over by the tail cache. */
  clear(): void {
    for (const block of this.blocks) this.#pool.release(block.slab);
    this.blocks.length = 0;
    this.runs.clear();
    this.promising = false;
    this.records.clear();
    this.payloadBytes = 0;
    this.#set = null;
    this.#run = -1;
    this.#limit = 0;
  }

  #nextBlock(bytes: number): void {
    this.#closeBlock();
    this.#openBlock(bytes);
  }

  /** Opens a block with room for `bytes`: behind the last one, or in a fresh slab. */
  #openBlock(bytes: number): void {
    const needed = PAYLOAD_AT + bytes;
    if (this.#slab === null || this.#at + needed > this.#slab.bytes.length) {
      this.dropSlab();
      this.#slab = this.#pool.take(needed);
      this.#slab.uses++;
      this.#at = 0;
    }
    this.#slab.uses++;
    this.#block = new StagedBlock(this.#slab, this.#at, this.runs.length);
    this.blocks.push(this.#block);
    this.#at += PAYLOAD_AT;
    this.#limit = this.#slab.bytes.length;
    this.#set = null;
  }

  #closeBlock(): void {
    const block = this.#block;
    if (block === null) return;
    block.end = this.#at;
    block.lastRun = this.runs.length;
    this.#at += this.#extents(block) * EXTENT_RECORD_BYTES;
    this.#block = null;
    this.count();
    this.#set = null;
    this.#run = -1;
    this.#limit = 0;
  }

  #extents(block: StagedBlock): number {
    let extents = 0;
    for (let run = block.firstRun; run < block.lastRun; run++) extents += this.runs.sets[run]!.durable.length;
    return extents;
  }

  /** Writes the prefix and the extents; the records may follow. */
  #writeExtents(block: StagedBlock): void {
    const bytes = block.slab.bytes;
    const payloadEnd = block.end;
    let at = payloadEnd;
    for (let run = block.firstRun; run < block.lastRun; run++) {
      const messages = this.runs.messages[run]!;
      const placedAt = this.runs.placedAts[run]!;
      const kind = placedAt < 0 ? EXTENT : PLACEMENT;
      const place = placedAt < 0 ? this.runs.ats[run]! - block.start : placedAt;
      for (const log of this.runs.sets[run]!.durable as readonly StoredLog[]) {
        const base = this.#take(log, messages);
        writeExtent(bytes, at, kind, log.id, base, place, this.runs.bytes[run]!, messages, this.runs.transient[run]!);
        at += EXTENT_RECORD_BYTES;
      }
    }
    writeLength(bytes, block.start + BLOCK_HEADER_BYTES, payloadEnd - block.start - PAYLOAD_AT);
    writeLength(bytes, block.start + BLOCK_HEADER_BYTES + 4, at - payloadEnd);
    block.end = at;
  }

  /** Puts the records behind the last block's extents, or into a block of their own. */
  #writeRecords(): void {
    const records = this.records.bytes;
    if (records.length === 0 && this.blocks.length > 0) return;
    let block = this.blocks[this.blocks.length - 1];
    if (block === undefined || block.slab !== this.#slab || block.slab.bytes.length - block.end < records.length) {
      if (block !== undefined) this.#at = block.end;
      this.#openBlock(records.length);
      this.#closeBlock();
      block = this.blocks[this.blocks.length - 1]!;
      this.#writeExtents(block);
    }
    block.slab.bytes.set(records, block.end);
    const prefix = block.start + BLOCK_HEADER_BYTES;
    writeLength(block.slab.bytes, prefix + 4, readLength(block.slab.bytes, prefix + 4) + records.length);
    block.end += records.length;
  }

  /**
   * The offset that the next messages of `log` get: they follow what is visible and what sealed groups bring.
   */
  #take(log: StoredLog, messages: number): number {
    const base = Math.max(log.nextBase, log.index.end);
    log.nextBase = base + messages;
    return base;
  }
}
