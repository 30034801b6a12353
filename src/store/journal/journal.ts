/**
 * Journal: the Store. Everything that must survive is a record or an entry of one chain of commit groups.
 *
 *   append, release, define …  ─▶  filling Stage ──flush──▶ sealed Stages, the first under way ──engine──▶ committed
 *                                                             │
 *                    logs grow, watchers and waiters are told ◀┘
 *
 * One group is under way at a time; what gathers meanwhile is the next one. So there is no timer: a single
 * synchronous publisher gets small groups at once, a crowd gets large ones. A group whose content nobody waits for
 * (acknowledgements) is written without a sync.
 *
 * Invariants: a durable log's entries are visible only after their group is committed; `index.end` moves only here
 * and in recovery; a waiter is told only after everything its group holds is as durable as was configured.
 */
import { type Definition, encodeDefinition } from '../../core/definition.ts';
import { DefinitionSet } from '../../core/definition-set.ts';
import { Entry, type Message, type Overlay } from '../../core/message.ts';
import type {
  CommitWaiter,
  GroupNumber,
  Log,
  LogId,
  LogSet,
  Offset,
  Pressure,
  Store,
  Waker,
} from '../../core/ports.ts';
import { READY } from '../../core/ports.ts';
import { FLAG_GROUP_END, FLAG_PAYLOAD } from '../block.ts';
import type { Engine, EngineFault } from '../engine.ts';
import { Areas } from './areas.ts';
import { ChainWriter } from './chain-writer.ts';
import { CopiedMessage, encodeOverlay, entryLength, overlaidLength, writeOverlaid } from './entry-codec.ts';
import { Loader } from './loader.ts';
import type { JournalOptions } from './options.ts';
import type { Part } from './part.ts';
import { MOVED } from './records.ts';
import { SPILL_BASE, Spill } from './spill.ts';
import type { Stage } from './stage.ts';
import { Stages } from './stages.ts';
import { StoredLog } from './stored-log.ts';
import { SlabPool, type Window, Windows } from './window.ts';

/** What upkeep (checkpoint, reclaim, cold index) is asked after each commit; set by `openJournal`. */
export interface Upkeep {
  afterCommit(bytesWritten: number): void;
}

export class Journal implements Store {
  readonly engine: Engine;
  /** The store's own number, and how often it was opened, this time included. */
  readonly storeId: number;
  readonly epoch: number;
  readonly options: JournalOptions;
  readonly logs = new Map<LogId, StoredLog>();
  readonly areas: Areas;
  readonly definitions = new DefinitionSet();
  readonly pool: SlabPool;
  readonly main: ChainWriter;
  /** Checkpoints and cold parts of the log index. */
  readonly index: ChainWriter;
  /** Living entries that reclaim copied forward. */
  readonly kept: ChainWriter;
  waker: Waker = { wake: () => {} };
  upkeep: Upkeep | null = null;
  /** Told once when nothing can be confirmed any more. */
  onFailed: ((fault: EngineFault) => void) | null = null;
  /** Told of confirmed messages that can't be read any more and were given up. */
  onDamage: ((log: Log, from: Offset, to: Offset, why: string) => void) | null = null;
  failed: EngineFault | null = null;
  /** Log ids below this were given out, to logs of either durability. */
  nextLog: LogId = 1;

  readonly #tail: Windows;
  readonly #spill: Spill;
  readonly #loader: Loader;
  readonly #stages: Stages;
  #underWay = false;
  /** The last group was one of mere acknowledgements, written without a sync. */
  #unsynced = false;
  #committed: GroupNumber = 0;
  /** The group that found no room on the disk; it is tried again when there is some. */
  #refused: Stage | null = null;
  #advanced: StoredLog[] = [];
  /** Waiters of groups that were committed when they came. */
  #late: CommitWaiter[] = [];
  readonly #entry = new Entry();

  constructor(engine: Engine, storeId: number, epoch: number, options: JournalOptions) {
    this.engine = engine;
    this.storeId = storeId;
    this.epoch = epoch;
    this.options = options;
    this.main = new ChainWriter(engine, 'main', storeId, epoch, options.now);
    this.index = new ChainWriter(engine, 'index', storeId, epoch, options.now);
    this.kept = new ChainWriter(engine, 'kept', storeId, epoch, options.now);
    this.pool = new SlabPool(options.blockBytes, options.readBytes / options.blockBytes);
    this.areas = new Areas(engine);
    this.#tail = new Windows(this.pool);
    const spillChain = new ChainWriter(engine, 'spill', storeId, epoch, options.now);
    this.#spill = new Spill(engine, this.pool, spillChain, options.spillBytes);
    this.#loader = new Loader(engine, this.pool, this.#spill, options.readBytes);
    this.#loader.onLost = (log, offset, why) => this.#lose(log, offset, why);
    this.#stages = new Stages(this.pool);
    engine.onRoom = () => this.#roomAgain();
    engine.onFailed = (fault) => this.fail(fault);
  }

  get #filling(): Stage {
    return this.#stages.filling;
  }

  get filling(): GroupNumber {
    return this.#filling.group;
  }

  get committed(): GroupNumber {
    return this.#committed;
  }

  get pressure(): Pressure {
    if (this.#refused !== null || this.engine.room() === 0) return 'disk';
    return this.#stages.payloadBytes > this.options.groupBytesMax / 2 ? 'memory' : 'none';
  }

  /** Nothing is staged or under way. */
  get idle(): boolean {
    return !this.#underWay && this.#filling.empty && this.#late.length === 0;
  }

  find(position: number, length: number): Window | null {
    if (position >= SPILL_BASE) return this.#spill.find(position) ?? this.#loader.find(position, length);
    return this.#tail.find(position, length) ?? this.#loader.find(position, length);
  }

  createLog(durable: boolean): StoredLog {
    const log = new StoredLog(this.nextLog++, durable, durable ? this.areas : this.#spill, this);
    this.logs.set(log.id, log);
    if (durable) {
      this.#filling.records.created(log.id);
      this.#filling.promising = true;
    }
    return log;
  }

  nextOffset(log: Log): Offset {
    const stored = log as StoredLog;
    (stored.durable ? this.#filling : this.#spill).count();
    return stored.index.end + stored.staged;
  }

  append(set: LogSet, message: Message): void {
    const length = entryLength(message);
    if (set.durable.length !== 0) this.#filling.append(set, message, length);
    if (set.transient.length !== 0) this.#spill.append(set, message, length);
  }

  place(set: LogSet, source: Log, offset: Offset, overlay: Overlay | null): boolean {
    const cursor = (source as StoredLog).cursor();
    cursor.seek(offset);
    if (cursor.read(this.#entry) !== READY) return false;
    const message = new CopiedMessage(this.#entry, overlay);
    const encoded = encodeOverlay(overlay ?? this.#entry.overlay);
    if (encoded !== null) {
      this.#placeCopy(set, message, encoded);
      return true;
    }
    const length = entryLength(message);
    if (set.transient.length !== 0) this.#spill.append(set, message, length);
    if (set.durable.length === 0) return true;
    if (!source.durable) {
      this.#filling.append(set, message, length);
      return true;
    }
    // The entry is in the journal already: an extent of the target points at the same bytes.
    for (const log of set.durable as readonly StoredLog[]) this.areas.hold(log.index, cursor.position, cursor.length);
    this.#filling.place(set, cursor.position, cursor.length, message.count, !message.persistent);
    return true;
  }

  release(log: Log, from: Offset, to: Offset): void {
    const stored = log as StoredLog;
    if (stored.index.release(from, to) === 0) return;
    stored.forgetReturned(from, to);
    if (!stored.durable || stored.dropped) return;
    if (stored.releasing) {
      if (from === stored.releaseTo) {
        stored.releaseTo = to;
        return;
      }
      this.#filling.records.release(stored.id, stored.releaseFrom, stored.releaseTo);
    } else {
      stored.releasing = true;
      this.#filling.releasing.push(stored);
    }
    stored.releaseFrom = from;
    stored.releaseTo = to;
  }

  returned(log: Log, from: Offset, to: Offset, attempts: number): void {
    const stored = log as StoredLog;
    stored.noteReturned(from, to, attempts);
    if (stored.durable && !stored.dropped) this.#filling.records.returned(stored.id, from, to, attempts);
  }

  define(definition: Definition): void {
    this.definitions.fold(definition);
    this.#filling.records.definition(encodeDefinition(definition));
    this.#filling.promising = true;
  }

  drop(log: Log): void {
    const stored = log as StoredLog;
    if (stored.dropped) return;
    stored.dropped = true;
    stored.watcher = null;
    stored.index.clear();
    this.logs.delete(stored.id);
    if (stored.durable) {
      this.#filling.records.drop(stored.id);
      this.#filling.promising = true;
    }
  }

  /** Notes, in the group being filled, that an extent's bytes were copied to `position`. */
  moved(log: StoredLog, base: Offset, position: number, bytes: number, messages: number): void {
    this.#filling.records.extent(MOVED, log.id, base, position, bytes, messages, false);
    this.#filling.promising = true;
  }

  whenCommitted(group: GroupNumber, waiter: CommitWaiter): void {
    if (group > this.#committed) {
      const stage = this.#stages.of(group);
      stage.waiters.push(waiter);
      if (stage === this.#filling) stage.promising = true;
    } else this.#late.push(waiter);
    this.waker.wake();
  }

  load(log: Log, offset: Offset): void {
    this.#loader.load(log as StoredLog, offset);
  }

  /** Brings a cold part of the index back; `done` is called in any case. */
  loadPart(log: StoredLog, part: Part, done: () => void): void {
    return part.resident ? done() : this.#loader.loadPart(log, part, done);
  }

  /** A durable log that recovery found; the one there is already, if it is known. */
  adopt(id: LogId): StoredLog {
    if (id >= this.nextLog) this.nextLog = id + 1;
    let log = this.logs.get(id);
    if (log === undefined) {
      log = new StoredLog(id, true, this.areas, this);
      this.logs.set(id, log);
    }
    return log;
  }

  flushLarge(): void {
    const { blockBytes, durability } = this.options;
    if (this.#filling.payloadBytes < blockBytes) return;
    if (!this.#underWay) this.#write();
    // Where each group costs a sync, what gathers meanwhile is rather one group.
    else if (durability === 'os' && !this.#stages.full) this.#stages.seal();
  }

  /** Ends the turn's writing: transient messages become visible, and the group goes down unless one is under way. */
  flush(): void {
    this.#spill.flush(this.#noteAdvanced);
    if (!this.#underWay) this.#write();
    this.#tell();
  }

  /** Resolves once everything staged so far is committed; for shutdown. */
  drained(): Promise<void> {
    return new Promise((resolve) => {
      if (this.failed !== null) return resolve();
      this.whenCommitted(this.#filling.group, { committed: () => resolve() });
      this.flush();
    });
  }

  fail(fault: EngineFault): void {
    if (this.failed !== null) return;
    this.failed = fault;
    this.onFailed?.(fault);
  }

  /**
   * The extent (or cold part) at `offset` can't be read any more: it is given up, so that what follows stays reachable.
   */
  #lose(log: StoredLog, offset: Offset, why: string): void {
    const part = log.index.partOf(offset);
    if (part === null || this.failed !== null) return;
    const slot = part.resident ? part.find(offset) : -1;
    const from = slot < 0 ? part.first : part.base(slot);
    const to = slot < 0 ? part.end : from + part.messages(slot);
    this.onDamage?.(log, from, to, why);
    this.release(log, from, to);
    this.waker.wake();
  }

  #placeCopy(set: LogSet, message: Message, overlay: Uint8Array): void {
    const length = overlaidLength(message, overlay);
    if (set.durable.length !== 0) {
      const { bytes, at } = this.#filling.reserve(set, message.persistent, length, message.count);
      writeOverlaid(bytes, at, length, message, overlay);
    }
    if (set.transient.length !== 0) {
      const { bytes, at } = this.#spill.reserve(set, length, message.count);
      writeOverlaid(bytes, at, length, message, overlay);
    }
  }

  #write(): void {
    if (this.failed !== null) return;
    const queued = this.#stages.first;
    if (queued !== undefined) return this.#submit(queued);
    if (this.#filling.empty) return;
    const stage = this.#stages.seal();
    if (!stage.trivial) return this.#submit(stage);
    // Only waiters: all they wait for is committed, for no group is under way; but maybe not on the disk yet.
    return this.#unsynced ? this.#sync(stage) : this.#finish(stage);
  }

  #submit(stage: Stage): void {
    this.#underWay = true;
    const sync = stage.promising && this.options.durability === 'fsync';
    const flags = stage.payloadBytes > 0 ? FLAG_PAYLOAD : 0;
    this.main.append(stage.blocks, stage.group, flags, FLAG_GROUP_END, sync, (fault, positions) => {
      if (fault?.kind === 'full') {
        this.#refused = stage;
        return;
      }
      if (fault !== null) return this.fail(fault);
      this.#underWay = false;
      this.#unsynced = !sync && this.options.durability === 'fsync';
      const bytes = stage.settle(positions, this.#tail, this.#noteAdvanced);
      this.#tail.evictTo(this.options.cacheBytes);
      this.#finish(stage);
      this.upkeep?.afterCommit(bytes);
      if (!this.#underWay) this.#write();
      this.#tell();
      this.waker.wake();
    });
  }

  #sync(stage: Stage): void {
    this.#underWay = true;
    this.engine.sync('main', (fault) => {
      if (fault !== null) return this.fail(fault);
      this.#underWay = false;
      this.#unsynced = false;
      this.#finish(stage);
      this.#write();
      this.#tell();
      this.waker.wake();
    });
  }

  #finish(stage: Stage): void {
    this.#committed = stage.group;
    // Told from a list of its own: a waiter may write, and so register again.
    const waiters = stage.waiters.splice(0);
    this.#stages.pass();
    for (const waiter of waiters) waiter.committed(this.#committed);
  }

  readonly #noteAdvanced = (log: StoredLog): void => {
    if (log.advancing) return;
    log.advancing = true;
    this.#advanced.push(log);
  };

  #tell(): void {
    if (this.#advanced.length !== 0) {
      for (const log of this.#advanced.splice(0)) {
        log.advancing = false;
        log.watcher?.advanced(log);
      }
    }
    if (this.#late.length !== 0) {
      for (const waiter of this.#late.splice(0)) waiter.committed(this.#committed);
    }
  }

  #roomAgain(): void {
    this.#spill.fault = null;
    const stage = this.#refused;
    this.#refused = null;
    if (stage !== null) this.#submit(stage);
    this.waker.wake();
  }
}
