/**
 * Reclaim: empties areas that are mostly dead, by copying forward what lives.
 *
 * A file with one living message in it cannot be recycled, however long that message waits for its consumer. So after a
 * checkpoint the area with the least living bytes is taken, if less than half of what it held still lives:
 *
 *   for each log that holds something there, extent by extent:  read ─▶ copy the living ─▶ block in the kept chain
 *   kept chain synced ─▶ `moved` records in the main chain, committed ─▶ the index points at the copies
 *
 * From then on the area holds nothing, and the next checkpoint drops it. A released entry inside an extent is replaced
 * by a tombstone (an entry without payload that counts for all released messages in a row), because offsets are found
 * by walking. An extent that several logs share is copied once. The work goes on a block at a time, between commits.
 */
import { BLOCK_HEADER_BYTES, FLAG_PAYLOAD } from '../block.ts';
import type { EngineFault, Position } from '../engine.ts';
import type { Area } from './areas.ts';
import { ENTRY_HEADER_BYTES, readCount, readLength, writeLength, writeTombstone } from './entry-codec.ts';
import type { Journal } from './journal.ts';
import type { Part } from './part.ts';
import { PAYLOAD_AT } from './records.ts';
import type { StoredLog } from './stored-log.ts';

/** Areas of main and kept below which nothing is worth moving. */
const AREAS_MIN = 3;

/** One extent on its way. */
interface Move {
  readonly log: StoredLog;
  readonly base: number;
  readonly messages: number;
  /** Where its copy begins in the block, and its bytes. */
  readonly at: number;
  readonly bytes: number;
}

export class Reclaim {
  readonly #journal: Journal;
  running = false;
  /** Copies made in this run, by the position that they were copied from: shared extents are copied once. */
  #copies = new Map<Position, { position: Position; bytes: number }>();

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** Begins to empty the emptiest area, if there is one worth it. */
  consider(): void {
    if (this.running || this.#journal.failed !== null) return;
    const area = this.#candidate();
    if (area === null) return;
    this.running = true;
    this.#copies.clear();
    const logs = [...area.logs].map((index) => this.#journal.logs.get(index.id)).filter((log) => log !== undefined);
    this.#logsFrom(area, logs, 0);
  }

  #candidate(): Area | null {
    const { engine, areas } = this.#journal;
    const ordinals = (['main', 'kept'] as const).flatMap((chain) => engine.areas(chain).slice(0, -1));
    if (ordinals.length < AREAS_MIN) return null;
    let best: Area | null = null;
    for (const ordinal of ordinals) {
      const area = areas.get(ordinal);
      if (area === null || area.living <= 0 || area.living * 2 > area.held) continue;
      if (best === null || area.living / area.held < best.living / best.held) best = area;
    }
    return best;
  }

  #logsFrom(area: Area, logs: readonly StoredLog[], index: number): void {
    const log = logs[index];
    if (log === undefined || area.living <= 0) {
      this.running = false;
      return;
    }
    if (log.dropped) return this.#logsFrom(area, logs, index + 1);
    const parts = log.index.parts().filter((part) => this.#touches(log, part, area));
    this.#partsFrom(area, log, parts, 0, () => this.#logsFrom(area, logs, index + 1));
  }

  #touches(log: StoredLog, part: Part, area: Area): boolean {
    const held = log.index.heldBy(part);
    for (let index = 0; index < held.length; index += 2) if (held[index] === area.ordinal) return true;
    return false;
  }

  #partsFrom(area: Area, log: StoredLog, parts: readonly Part[], index: number, done: () => void): void {
    const part = parts[index];
    if (part === undefined) return done();
    this.#journal.loadPart(log, part, () => {
      if (!part.resident) return this.#partsFrom(area, log, parts, index + 1, done);
      this.#extentsFrom(area, log, part, part.head, () => this.#partsFrom(area, log, parts, index + 1, done));
    });
  }

  /** Copies the part's extents in the area from `slot` on, a block at a time. */
  #extentsFrom(area: Area, log: StoredLog, part: Part, slot: number, done: () => void): void {
    const { areas, options } = this.#journal;
    const found: number[] = [];
    let bytes = 0;
    let next = Math.max(slot, part.head);
    for (; next < part.count && bytes < options.blockBytes; next++) {
      if (part.live(next) === 0 || areas.areaOf(part.position(next)) !== area.ordinal) continue;
      found.push(part.base(next));
      bytes += part.bytes(next);
    }
    if (found.length === 0) return done();
    const block = new Uint8Array(PAYLOAD_AT + bytes + found.length * (ENTRY_HEADER_BYTES + 4));
    const moves: Move[] = [];
    const copied: { from: Position; move: Move }[] = [];
    let at = PAYLOAD_AT;
    const each = (index: number): void => {
      const base = found[index];
      if (base === undefined) {
        this.#write(block, at, moves, copied, () => this.#extentsFrom(area, log, part, next, done));
        return;
      }
      const held = this.#extentAt(log, base);
      if (held === null) return each(index + 1);
      const shared = this.#copies.get(held.position);
      // Same beginning is not enough: a placement points at one entry inside another log's extent.
      if (shared !== undefined && shared.bytes === held.bytes) {
        this.#journal.moved(log, base, shared.position, shared.bytes, held.messages);
        log.index.move(base, shared.position, shared.bytes);
        return each(index + 1);
      }
      const source = new Uint8Array(held.bytes);
      this.#read(held.position, source, (fault) => {
        // Released or unreadable meanwhile: nothing to move. What can't be read stays where it is, and is not dropped.
        if (fault === null && this.#extentAt(log, base)?.position === held.position) {
          const whole = held.live === held.messages;
          const length = whole ? copyWhole(source, block, at) : copyLiving(source, block, at, log, base);
          const move = { log, base, messages: held.messages, at, bytes: length };
          moves.push(move);
          if (whole) copied.push({ from: held.position, move });
          at += length;
        }
        each(index + 1);
      });
    };
    each(0);
  }

  #extentAt(
    log: StoredLog,
    base: number,
  ): { position: Position; bytes: number; messages: number; live: number } | null {
    if (log.dropped) return null;
    const part = log.index.partOf(base);
    if (part === null || !part.resident) return null;
    const slot = part.find(base);
    if (slot < part.head || part.base(slot) !== base || part.live(slot) === 0) return null;
    const floor = Math.max(0, log.index.floor - base);
    return {
      position: part.position(slot),
      bytes: part.bytes(slot),
      messages: part.messages(slot),
      live: part.live(slot) - floor,
    };
  }

  #read(position: Position, into: Uint8Array, done: (fault: EngineFault | null) => void): void {
    const window = this.#journal.find(position, into.length);
    if (window !== null) {
      const at = window.at + (position - window.position);
      into.set(window.slab.bytes.subarray(at, at + into.length));
      return done(null);
    }
    this.#journal.engine.read(position, into, (fault, bytesRead) =>
      done(fault === null && bytesRead < into.length ? { kind: 'failed', message: 'short read' } : fault),
    );
  }

  /** Appends the copies, synced; then notes the moves and, once they are committed, points the index at them. */
  #write(
    block: Uint8Array,
    end: number,
    moves: Move[],
    copied: { from: Position; move: Move }[],
    done: () => void,
  ): void {
    if (moves.length === 0) return done();
    const journal = this.#journal;
    writeLength(block, BLOCK_HEADER_BYTES, end - PAYLOAD_AT);
    writeLength(block, BLOCK_HEADER_BYTES + 4, 0);
    journal.kept.append([{ slab: { bytes: block }, start: 0, end }], 0, FLAG_PAYLOAD, 0, true, (fault, positions) => {
      if (fault !== null) {
        this.running = false;
        if (fault.kind !== 'full') journal.fail(fault);
        return;
      }
      const position = positions[0]!;
      for (const { from, move } of copied) this.#copies.set(from, { position: position + move.at, bytes: move.bytes });
      for (const { log, base, messages, at, bytes } of moves) {
        if (log.dropped) continue;
        journal.moved(log, base, position + at, bytes, messages);
      }
      journal.whenCommitted(journal.filling, {
        committed: () => {
          for (const { log, base, at, bytes } of moves) if (!log.dropped) log.index.move(base, position + at, bytes);
          done();
        },
      });
    });
  }
}

function copyWhole(source: Uint8Array, target: Uint8Array, at: number): number {
  target.set(source, at);
  return source.length;
}

/**
 * Copies an extent's entries, with tombstones for runs of entries that are released whole. Answers the bytes written.
 */
function copyLiving(source: Uint8Array, target: Uint8Array, at: number, log: StoredLog, base: number): number {
  let to = at;
  let offset = base;
  let dead = 0;
  for (let from = 0; from < source.length; ) {
    const length = readLength(source, from);
    const count = readCount(source, from);
    if (log.index.isRangeReleased(offset, offset + count)) dead += count;
    else {
      if (dead > 0) to = writeTombstone(target, to, dead);
      dead = 0;
      target.set(source.subarray(from, from + length), to);
      to += length;
    }
    offset += count;
    from += length;
  }
  if (dead > 0) to = writeTombstone(target, to, dead);
  return to - at;
}
