/**
 * Loader: brings cold bytes back.
 *
 * A cursor that found nothing resident asks for its offset. What is missing is either a part of the index or the payload;
 * both are read asynchronously and in long runs, because the next messages are wanted next. Requests for the same
 * place are merged. Once it is there, the log's watcher is told, and the reader tries again.
 */
import { Buffer } from 'node:buffer';
import type { Offset } from '../../core/ports.ts';
import type { Engine, EngineFault, Position } from '../engine.ts';
import type { Part } from './part.ts';
import { SPILL_BASE, type Spill } from './spill.ts';
import type { StoredLog } from './stored-log.ts';
import { type SlabPool, type Window, Windows } from './window.ts';

/** Read at least so much: one trip through the thread pool costs as much as copying this. */
const RUN_BYTES = 512 * 1024;

export class Loader {
  readonly #engine: Engine;
  readonly #pool: SlabPool;
  readonly #spill: Spill;
  readonly #reads: Windows;
  readonly #bytesMax: number;
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
    if (part === null) {
      log.watcher?.loaded(log);
      return;
    }
    if (!part.resident) {
      this.loadPart(log, part, log.told);
      return;
    }
    const slot = Math.max(part.head, part.find(offset));
    if (slot >= part.count) {
      log.watcher?.loaded(log);
      return;
    }
    const position = part.position(slot);
    if (position >= SPILL_BASE) this.#loadSpilled(log, position);
    else this.#loadRun(log, position, Math.max(part.bytes(slot), RUN_BYTES));
  }

  /** Brings a cold part's arrays back; `done` is called in any case, with the part resident if it went well. */
  loadPart(log: StoredLog, part: Part, done: () => void): void {
    const { position, bytes } = part.stored!;
    const slab = Buffer.allocUnsafe(bytes);
    this.#once(position, done, (finished) => {
      this.#engine.read(position, slab, (fault, bytesRead) => {
        if (fault === null && bytesRead === bytes && !part.resident && !log.dropped) {
          part.load(slab, 0);
          log.index.refresh(part);
        }
        finished();
      });
    });
  }

  #loadSpilled(log: StoredLog, position: Position): void {
    const stored = this.#spill.storedAt(position);
    if (stored === null) {
      // Resident after all: its write ended, or was given up, between the miss and now.
      log.watcher?.loaded(log);
      return;
    }
    this.#read(log, stored.position, stored.bytes, stored.base);
  }

  #loadRun(log: StoredLog, position: Position, bytes: number): void {
    this.#read(log, position, bytes, position);
  }

  /** Reads into a slab and lets it be found under `as`. */
  #read(log: StoredLog, position: Position, bytes: number, as: Position): void {
    this.#once(position, log.told, (finished) => {
      const slab = this.#pool.take(bytes);
      slab.uses++;
      const into = slab.bytes.subarray(0, bytes);
      this.#engine.read(position, into, (fault: EngineFault | null, bytesRead: number) => {
        if (fault === null && bytesRead > 0) {
          this.#reads.insert(as, bytesRead, slab, 0);
          // The newest always stays, however large: its reader is waiting for it.
          this.#reads.evictTo(Math.max(this.#bytesMax, bytesRead));
        }
        this.#pool.release(slab);
        finished();
      });
    });
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
