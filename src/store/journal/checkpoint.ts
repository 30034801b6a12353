/**
 * Checkpoints: the journal's state, written from time to time, so that restart is quick and files can be recycled.
 *
 *   full parts of the index ──▶ index chain, once each   (from then on they can go cold)
 *   definitions, log states ──▶ index chain, a few hundred KiB a step, each step after the last one's write
 *   main chain synced       ──▶ last block with the end flag, synced   ──▶ the areas that it freed are dropped
 *
 * Logs are captured one after the other while the broker goes on, so the checkpoint is no moment's state. It need not
 * be: everything is replayed from the block that was next when it began, and replay is idempotent. It must not be ahead
 * of the main chain, though: so the end is written only after all that it may have seen is committed and synced.
 */
import { encodeDefinition } from '../../core/definition.ts';
import { BLOCK_HEADER_BYTES, FLAG_CHECKPOINT, FLAG_GROUP_END } from '../block.ts';
import type { Chain, Position } from '../engine.ts';
import { META, Output, writeLog } from './checkpoint-codec.ts';
import { writeLength } from './entry-codec.ts';
import type { Journal, Upkeep } from './journal.ts';
import { EXTENT_BYTES, PART_EXTENTS, type Part } from './part.ts';
import { Reclaim } from './reclaim.ts';
import { DEFINITION, PAYLOAD_AT } from './records.ts';
import type { StoredLog } from './stored-log.ts';

/** Bytes of state encoded in one step. */
const STEP_BYTES = 256 * 1024;

export class Checkpoints implements Upkeep {
  readonly #journal: Journal;
  readonly #reclaim: Reclaim;
  #serial: number;
  /** Main-chain bytes since the last one began. */
  #bytesSince = 0;
  #running = false;
  /** Set at the stop: what to do when the checkpoint under way has ended. */
  #idle: (() => void) | null = null;
  /** Where the blocks of the newest complete one lie: their areas stay. */
  #positions: readonly Position[];

  constructor(journal: Journal, serial: number, positions: readonly Position[]) {
    this.#journal = journal;
    this.#serial = serial;
    this.#positions = positions;
    this.#reclaim = new Reclaim(journal);
  }

  get running(): boolean {
    return this.#running || this.#reclaim.running;
  }

  afterCommit(bytesWritten: number): void {
    this.#bytesSince += bytesWritten;
    if (this.#bytesSince >= this.#journal.options.checkpointBytes) this.start();
    else if (this.#journal.engine.room() === 0) this.#makeRoom();
  }

  /** The disk is full: what settles have emptied is given back now, however little was written since. */
  #makeRoom(): void {
    if (this.running) return;
    if (this.#emptyAreas().length > 0) this.start();
    else this.#reclaim.consider();
  }

  /** Begins a checkpoint unless one is under way; `done` is told when its areas are dropped. */
  start(done: () => void = () => {}): void {
    if (this.running || this.#journal.failed !== null) return done();
    const journal = this.#journal;
    this.#running = true;
    this.#bytesSince = 0;
    const replayFrom = journal.main.next;
    const empty = this.#emptyAreas();
    const logs = [...journal.logs.values()].filter((log) => log.durable);
    this.#storeParts(logs, () => {
      this.#shelve(logs);
      this.#capture(logs, replayFrom, (positions) => {
        this.#positions = positions;
        for (const area of empty) this.#drop(area);
        this.#dropIndexAreas(logs);
        this.#running = false;
        done();
        const idle = this.#idle;
        if (idle === null) this.#reclaim.consider();
        else idle();
      });
    });
  }

  /** Ends upkeep with one more checkpoint, if anything was written since the last; for a clean stop. */
  last(): Promise<void> {
    return new Promise((resolve) => {
      const finish = (): void => {
        if (this.#bytesSince === 0) resolve();
        else this.start(resolve);
        this.#journal.flush();
      };
      if (this.#running) this.#idle = finish;
      else finish();
    });
  }

  /**
   * Areas of main and kept that hold nothing living now; none is emptied for good before the checkpoint is complete.
   */
  #emptyAreas(): number[] {
    const { engine, areas } = this.#journal;
    return (['main', 'kept'] as const).flatMap((chain) =>
      engine
        .areas(chain)
        .slice(0, -1)
        .filter((area) => areas.living(area) <= 0),
    );
  }

  #drop(area: number): void {
    if (this.#journal.areas.living(area) > 0) return;
    this.#journal.areas.forget(area);
    this.#journal.engine.drop(area);
  }

  /** Drops the index areas that neither the checkpoint nor a stored part lies in. */
  #dropIndexAreas(logs: readonly StoredLog[]): void {
    const { engine } = this.#journal;
    const needed = new Set<number>();
    for (const position of this.#positions) needed.add(engine.areaOf(position));
    for (const log of logs) {
      if (log.dropped) continue;
      for (const part of log.index.parts()) if (part.stored) needed.add(engine.areaOf(part.storedAt));
    }
    const areas = engine.areas('index');
    for (const area of areas.slice(0, -1)) if (!needed.has(area)) engine.drop(area);
  }

  /** Writes every full part that is not stored yet, a block of them at a time. */
  #storeParts(logs: readonly StoredLog[], done: () => void): void {
    const parts: Part[] = [];
    for (const log of logs) {
      for (const part of log.index.parts()) {
        if (part.full && part.resident && !part.stored && part.head < part.count) parts.push(part);
      }
    }
    const perBlock = Math.floor((this.#journal.options.blockBytes - PAYLOAD_AT) / (PART_EXTENTS * EXTENT_BYTES)) || 1;
    const output = new Output();
    const step = (from: number): void => {
      if (from >= parts.length) return done();
      const some = parts.slice(from, from + perBlock);
      output.clear();
      const places: number[] = [];
      for (const part of some) {
        places.push(output.length);
        part.store(0, (bytes) => output.raw(bytes));
      }
      this.#write(output, 0, 0, 0, false, (position) => {
        for (let index = 0; index < some.length; index++) {
          const part = some[index]!;
          // One that reclaim moved, or that was emptied, since it was copied is not what was written.
          if (!part.resident) continue;
          part.storedAt = position + places[index]!;
        }
        step(from + perBlock);
      });
    };
    step(0);
  }

  /** Lets stored parts go cold, the middle of the longest logs first, until the index fits its bound. */
  #shelve(logs: readonly StoredLog[]): void {
    const bound = this.#journal.options.indexBytes / (PART_EXTENTS * EXTENT_BYTES);
    let resident = 0;
    for (const log of logs) for (const part of log.index.parts()) if (part.resident) resident += part.full ? 1 : 0;
    if (resident <= bound) return;
    for (const log of logs) {
      const parts = log.index.parts();
      // The head is being read and the last one written.
      for (let index = parts.length - 2; index > 0 && resident > bound / 2; index--) {
        const part = parts[index]!;
        if (!part.resident || !part.stored) continue;
        log.index.unload(part);
        resident--;
      }
    }
  }

  /** Encodes definitions and logs step by step; then waits for the main chain and writes the end. */
  #capture(logs: readonly StoredLog[], replayFrom: number, done: (positions: Position[]) => void): void {
    const journal = this.#journal;
    const serial = ++this.#serial;
    const positions: Position[] = [];
    const definitions = journal.definitions[Symbol.iterator]();
    const output = new Output();
    let next = 0;
    const step = (): void => {
      output.clear();
      while (output.length < STEP_BYTES) {
        const { value } = definitions.next();
        if (value === undefined) break;
        output.u8(DEFINITION);
        output.text(encodeDefinition(value));
      }
      while (output.length < STEP_BYTES && next < logs.length) {
        const log = logs[next++]!;
        if (!log.dropped) writeLog(output, log);
      }
      if (next < logs.length) {
        this.#write(output, serial, FLAG_CHECKPOINT, 0, false, (position) => {
          positions.push(position);
          step();
        });
        return;
      }
      output.u8(META);
      output.f64(replayFrom);
      output.u32(journal.nextLog);
      output.u32(positions.length + 1);
      const finish = (): void => {
        this.#sync(['main', 'index'], () => {
          this.#write(output, serial, FLAG_CHECKPOINT, FLAG_GROUP_END, true, (position) => {
            positions.push(position);
            done(positions);
          });
        });
      };
      journal.whenCommitted(journal.filling, { committed: finish });
    };
    step();
  }

  #sync(chains: readonly Chain[], done: () => void): void {
    const [chain, ...rest] = chains;
    if (chain === undefined) return done();
    this.#journal.engine.sync(chain, (fault) => {
      if (fault !== null) this.#journal.fail(fault);
      else this.#sync(rest, done);
    });
  }

  /** Writes what is in `output`, one block, to the index chain; it is free again when `done` is called. */
  #write(
    output: Output,
    group: number,
    flags: number,
    lastFlags: number,
    sync: boolean,
    done: (position: Position) => void,
  ): void {
    const { bytes, length } = output;
    writeLength(bytes, BLOCK_HEADER_BYTES, length - PAYLOAD_AT);
    writeLength(bytes, BLOCK_HEADER_BYTES + 4, 0);
    const journal = this.#journal;
    journal.index.append(
      [{ slab: { bytes }, start: 0, end: length }],
      group,
      flags,
      lastFlags,
      sync,
      (fault, positions) => {
        if (fault === null) return done(positions[0]!);
        if (fault.kind !== 'full') return journal.fail(fault);
        // No room even in the reserve: this checkpoint is given up, the next one may find some.
        this.#running = false;
      },
    );
  }
}
