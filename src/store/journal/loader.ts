/**
 * Loader: brings cold bytes back.
 *
 * A cursor that found nothing resident asks for its offset. What is missing is either a part of the index or the
 * payload; both are read asynchronously. Payload is read in pieces, into which an area is cut from its beginning: the
 * next messages are wanted next, and where many logs are read that were written together, they share their pieces.
 * Requests for the same place are merged. Once it is there, the log's watcher is told, and the reader tries again.
 *
 *   asked ──▶ queue, the lowest position first ──▶ at most READS_MAX under way ──▶ resident, told
 *                                                        └─▶ and the piece behind it, while nobody else waits
 *
 * Who reads at the lowest position goes first, so that readers of logs that were written together stay together: then
 * a piece is read once for all of them, instead of once for each.
 */
import { Buffer } from 'node:buffer';
import type { Offset } from '../../core/ports.ts';
import type { Engine, EngineFault, Position } from '../engine.ts';
import { EXTENT_BYTES, type Part } from './part.ts';
import { SPILL_BASE, type Spill } from './spill.ts';
import type { StoredLog } from './stored-log.ts';
import { type Slab, type SlabPool, type Window, Windows } from './window.ts';

/**
 * Pieces of payload read at a time. Few, so that a piece is still there when those who waited for it have their turn,
 * however many want one; and the next in line may find its piece read by another.
 */
const READS_MAX = 4;
/** After so many reads that went before it a request is next, wherever it reads. */
const PASSED_MAX = 64;

interface Queued {
  readonly position: Position;
  /** Reads begun when it was queued. */
  readonly since: number;
  readonly begin: () => void;
}

export class Loader {
  readonly #engine: Engine;
  readonly #pool: SlabPool;
  readonly #spill: Spill;
  readonly #reads: Windows;
  readonly #bytesMax: number;
  /** Told when what lies at `offset` of a log can't be read; it must see to it that nobody asks for it again. */
  onLost: (log: StoredLog, offset: Offset, why: string) => void = () => {};
  #underWay = 0;
  #begun = 0;
  /** In the order they came. */
  readonly #queued: Queued[] = [];
  /** Who waits for a read under way, by where it begins. */
  readonly #waiting = new Map<Position, Set<() => void>>();

  constructor(engine: Engine, pool: SlabPool, spill: Spill, bytesMax: number) {
    this.#engine = engine;
    this.#pool = pool;
    this.#spill = spill;
    this.#reads = new Windows(pool);
    this.#bytesMax = bytesMax;
  }

  find(position: Position, length: number): Window | null {
    return this.#reads.find(position, length);
  }

  load(log: StoredLog, offset: Offset): void {
    const part = log.index.partOf(Math.max(offset, log.index.floor));
    if (part === null) return log.told();
    if (!part.resident) return this.loadPart(log, part, log.told);
    const slot = Math.max(part.head, part.find(offset));
    if (slot >= part.count) return log.told();
    const position = part.position(slot);
    const bytes = part.bytes(slot);
    if (position < SPILL_BASE) return this.#readPiece(log, part.base(slot), position, bytes);
    const stored = this.#spill.storedAt(position);
    // Resident after all: its write ended, or was given up, between the miss and now.
    if (stored === null) return log.told();
    this.#read(log, part.base(slot), stored.position, stored.bytes, stored.base, stored.bytes);
  }

  /** Brings a cold part's arrays back; `done` is called in any case, with the part resident if it went well. */
  loadPart(log: StoredLog, part: Part, done: () => void): void {
    const position = part.storedAt;
    const bytes = part.count * EXTENT_BYTES;
    const slab = Buffer.allocUnsafe(bytes);
    this.#once(position, done, (finished) => {
      this.#engine.read(position, slab, (fault, bytesRead) => {
        if (fault !== null || bytesRead < bytes) {
          this.onLost(log, part.first, fault?.message ?? 'a part of its index is not there');
        } else if (!part.resident && !log.dropped) {
          part.load(slab, 0);
          log.index.refresh(part);
        }
        finished();
      });
    });
  }

  /**
   * Reads the piece that the extent at `position` begins in. Pieces overlap by an eighth, so that an extent of usual
   * length is whole in its own; a longer one is read from its beginning on. Either way a slab is filled, and none
   * wasted.
   */
  #readPiece(log: StoredLog, offset: Offset, position: Position, bytes: number): void {
    const { slabBytes } = this.#pool;
    const stride = slabBytes - (slabBytes >>> 3);
    const area = this.#engine.areaStart(this.#engine.areaOf(position));
    const piece = area + Math.floor((position - area) / stride) * stride;
    const from = position + bytes <= piece + slabBytes ? piece : position;
    const needed = position + bytes - from;
    this.#read(log, offset, from, Math.max(needed, slabBytes), from, needed);
    const goesOn = from === piece && this.#reads.find(piece - stride, stride) !== null;
    const next = piece + stride;
    if (goesOn && this.#engine.areaOf(next) === this.#engine.areaOf(piece)) this.#readAhead(next);
  }

  /** Reads the piece that a reader who goes on will ask for next. */
  #readAhead(position: Position): void {
    const idle = this.#underWay < READS_MAX && this.#queued.length === 0;
    if (!idle || this.#waiting.has(position) || this.#reads.find(position, 1) !== null) return;
    const { slabBytes } = this.#pool;
    this.#once(position, nobody, (finished) =>
      this.#fetch(position, slabBytes, (slab, _fault, bytesRead) => {
        // A shorter one is at the end of what is written: it would be in the way of the rest of it.
        if (bytesRead === slabBytes) this.#keep(position, bytesRead, slab);
        finished();
      }),
    );
  }

  /**
   * Reads into a slab and lets it be found under `as`; fewer than `needed` bytes are a loss of the extent at `offset`.
   */
  #read(log: StoredLog, offset: Offset, position: Position, bytes: number, as: Position, needed: number): void {
    this.#once(position, log.told, (finished) =>
      this.#fetch(position, bytes, (slab, fault, bytesRead) => {
        if (fault === null && bytesRead >= needed) this.#keep(as, bytesRead, slab);
        else this.onLost(log, offset, fault?.message ?? `only ${bytesRead} of ${needed} bytes are there`);
        finished();
      }),
    );
  }

  #keep(position: Position, bytes: number, slab: Slab): void {
    this.#reads.insert(position, bytes, slab, 0);
    // The newest always stays, however large: its reader is waiting for it.
    this.#reads.evictTo(Math.max(this.#bytesMax, bytes));
  }

  /** Reads into a slab, which is the receiver's until `done` returns. */
  #fetch(
    position: Position,
    bytes: number,
    done: (slab: Slab, fault: EngineFault | null, bytesRead: number) => void,
  ): void {
    const begin = (): void => {
      this.#underWay++;
      this.#begun++;
      const slab = this.#pool.take(bytes);
      slab.uses++;
      this.#engine.read(position, slab.bytes.subarray(0, bytes), (fault, bytesRead) => {
        this.#underWay--;
        this.#beginNext();
        done(slab, fault, bytesRead);
        this.#pool.release(slab);
      });
    };
    if (this.#underWay < READS_MAX) begin();
    else this.#queued.push({ position, since: this.#begun, begin });
  }

  #beginNext(): void {
    const queued = this.#queued;
    const oldest = queued[0];
    if (oldest === undefined) return;
    let next = 0;
    if (this.#begun - oldest.since < PASSED_MAX) {
      for (const [index, { position }] of queued.entries()) {
        if (position < (queued[next] as Queued).position) next = index;
      }
    }
    queued.splice(next, 1)[0]?.begin();
  }

  /** Starts a read unless it is under way; `told` is called once when it has ended. */
  #once(position: Position, told: () => void, start: (finished: () => void) => void): void {
    const waiting = this.#waiting.get(position);
    if (waiting !== undefined) {
      waiting.add(told);
      return;
    }
    this.#waiting.set(position, new Set([told]));
    start(() => {
      const all = this.#waiting.get(position)!;
      this.#waiting.delete(position);
      for (const tell of all) tell();
    });
  }
}

function nobody(): void {}
