/**
 * MemoryStore: the Store port in its plainest form, for tests of the core. Slow, exact, and strict about misuse.
 *
 *   calls ──▶ filling group ──flush──▶ in flight ──progress──▶ journal: Record[][]
 *                                       └── crash: lost or kept whole, as the caller says
 *
 * Durable state lives in the journal only. Opening replays it into fresh logs, so a test that crashes and opens again
 * sees exactly what was committed, and a second store over the same journal is the replayed state.
 */
import { type Definition, decodeDefinition, encodeDefinition } from '../../src/core/definition.ts';
import { DefinitionSet } from '../../src/core/definition-set.ts';
import type { GroupNumber, LogId, Offset } from '../../src/core/ids.ts';
import type { Message, Overlay } from '../../src/core/message.ts';
import type { CommitWaiter, Log, LogSet, Pressure, Store } from '../../src/core/ports.ts';
import { MemoryLog, type Payload } from './memory-log.ts';

type Record =
  | { readonly op: 'create'; readonly log: LogId }
  | {
      readonly op: 'append';
      readonly logs: readonly LogId[];
      readonly payload: Payload;
      readonly overlay: Overlay | null;
    }
  | { readonly op: 'release'; readonly log: LogId; readonly from: Offset; readonly to: Offset }
  | {
      readonly op: 'returned';
      readonly log: LogId;
      readonly from: Offset;
      readonly to: Offset;
      readonly attempts: number;
    }
  | { readonly op: 'define'; readonly text: string }
  | { readonly op: 'drop'; readonly log: LogId };

export type Journal = Record[][];

export class MemoryStore implements Store {
  readonly logs = new Map<LogId, MemoryLog>();
  filling: GroupNumber;
  committed: GroupNumber;
  pressure: Pressure = 'none';
  /** Called when a commit or a load asks for a turn. */
  wake: () => void = () => {};
  isCold: (log: Log, offset: Offset) => boolean = () => false;

  private readonly journal: Journal;
  private records: Record[] = [];
  private inFlight: Record[] | null = null;
  private readonly waiters: { readonly group: GroupNumber; readonly waiter: CommitWaiter }[] = [];
  private readonly grown = new Set<MemoryLog>();
  private readonly loads = new Map<MemoryLog, Set<Offset>>();
  private lastLog = 0;

  constructor(journal: Journal) {
    this.journal = journal;
    this.committed = journal.length;
    this.filling = journal.length + 1;
    this.replay();
  }

  // ── Store ──

  createLog(durable: boolean): Log {
    const log = this.addLog(++this.lastLog, durable);
    if (durable) this.records.push({ op: 'create', log: log.id });
    return log;
  }

  nextOffset(log: Log): Offset {
    return this.own(log).next;
  }

  append(set: LogSet, message: Message): void {
    const bytes = new Uint8Array(message.length);
    message.write(bytes, 0);
    const { format, persistent, priority, timestamp, expiresAt, count } = message;
    this.add(set, { format, persistent, priority, timestamp, expiresAt, count, bytes }, null);
  }

  place(set: LogSet, source: Log, offset: Offset, overlay: Overlay | null): boolean {
    const mine = this.own(source);
    const stored = mine.seek(offset);
    if (stored?.offset !== offset || offset >= source.end) throw new Error(`place: log ${source.id} has no ${offset}`);
    if (this.isCold(source, offset) && !mine.loaded.has(offset)) return false;
    const laid = overlay ?? stored.overlay;
    this.add(set, stored.payload, laid);
    return true;
  }

  private add(set: LogSet, payload: Payload, overlay: Overlay | null): void {
    if (set.durable.length + set.transient.length === 0) throw new Error('append to no log');
    for (const log of [...set.durable, ...set.transient]) {
      this.own(log).append(payload, overlay);
      this.grown.add(this.own(log));
    }
    const logs = set.durable.map((log) => log.id);
    if (logs.length > 0) this.records.push({ op: 'append', logs, payload, overlay });
  }

  release(log: Log, from: Offset, to: Offset): void {
    this.own(log).release(from, to);
    if (log.durable) this.records.push({ op: 'release', log: log.id, from, to });
  }

  returned(log: Log, from: Offset, to: Offset, attempts: number): void {
    this.own(log).returned(from, to, attempts);
    if (log.durable) this.records.push({ op: 'returned', log: log.id, from, to, attempts });
  }

  define(definition: Definition): void {
    this.records.push({ op: 'define', text: encodeDefinition(definition) });
  }

  drop(log: Log): void {
    const mine = this.own(log);
    mine.dropped = true;
    this.logs.delete(log.id);
    this.grown.delete(mine);
    this.loads.delete(mine);
    if (log.durable) this.records.push({ op: 'drop', log: log.id });
  }

  whenCommitted(group: GroupNumber, waiter: CommitWaiter): void {
    if (group > this.filling) throw new Error(`group ${group} is not begun`);
    this.waiters.push({ group, waiter });
  }

  load(log: Log, offset: Offset): void {
    const mine = this.own(log);
    const stored = mine.seek(offset);
    const offsets = this.loads.get(mine) ?? new Set();
    offsets.add(stored?.offset ?? offset);
    this.loads.set(mine, offsets);
    this.wake();
  }

  /** Whatever a test has written is in the group that it flushes. */
  flushLarge(): void {}

  flush(): void {
    for (const log of this.grown) if (!log.durable) this.show(log, log.next);
    if (this.inFlight !== null || (this.records.length === 0 && this.waiters.length === 0)) return;
    this.inFlight = this.records;
    this.records = [];
    this.filling++;
    for (const log of this.grown) if (log.durable) this.sealed.set(log, log.next);
  }

  // ── What a test drives ──

  /** Commits what is in flight. */
  commit(): boolean {
    if (this.inFlight === null) return false;
    this.journal.push(this.inFlight);
    this.inFlight = null;
    this.committed++;
    for (const [log, next] of this.sealed) if (!log.dropped) this.show(log, next);
    this.sealed.clear();
    const due = this.waiters.filter(({ group }) => group <= this.committed);
    const later = this.waiters.filter(({ group }) => group > this.committed);
    this.waiters.splice(0, this.waiters.length, ...later);
    for (const { waiter } of due) waiter.committed(this.committed);
    this.wake();
    return true;
  }

  /** Loads what was asked for. */
  finishLoads(): boolean {
    if (this.loads.size === 0) return false;
    for (const [log, offsets] of [...this.loads]) {
      this.loads.delete(log);
      for (const offset of offsets) log.loaded.add(offset);
      log.watcher?.loaded(log);
    }
    return true;
  }

  /** Forgets what was loaded. */
  evict(): void {
    for (const log of this.logs.values()) log.loaded.clear();
  }

  get idle(): boolean {
    return this.inFlight === null && this.records.length === 0 && this.loads.size === 0;
  }

  /** What a crash leaves behind: the journal, and the group in flight if it had reached the disk. */
  crash(keepInFlight: boolean): Journal {
    if (keepInFlight && this.inFlight !== null) this.journal.push(this.inFlight);
    return this.journal;
  }

  /** What the journal says is there. */
  definitions(): DefinitionSet {
    const set = new DefinitionSet();
    for (const group of this.journal) {
      for (const record of group) if (record.op === 'define') set.fold(decodeDefinition(record.text));
    }
    return set;
  }

  // ── Inside ──

  private readonly sealed = new Map<MemoryLog, Offset>();

  private show(log: MemoryLog, end: Offset): void {
    if (log.next === end) this.grown.delete(log);
    if (log.end === end) return;
    log.end = end;
    log.watcher?.advanced(log);
  }

  private own(log: Log): MemoryLog {
    const mine = this.logs.get(log.id);
    if (mine !== log) throw new Error(`log ${log.id} is not of this store, or dropped`);
    return mine;
  }

  private addLog(id: LogId, durable: boolean): MemoryLog {
    const log = new MemoryLog(id, durable, (asked, offset) => this.isCold(asked, offset));
    this.logs.set(id, log);
    return log;
  }

  /** Simply in the order in which it was written. */
  private replay(): void {
    for (const group of this.journal) {
      for (const record of group) this.redo(record);
    }
    const named = this.definitions().logs();
    for (const log of [...this.logs.values()]) {
      if (!named.has(log.id)) this.logs.delete(log.id);
      else
        for (const { offset, payload } of log.entries) {
          if (!payload.persistent) log.release(offset, offset + payload.count);
        }
    }
  }

  private redo(record: Record): void {
    if (record.op === 'create') {
      this.addLog(record.log, true);
      this.lastLog = Math.max(this.lastLog, record.log);
    } else if (record.op === 'append') {
      for (const id of record.logs) {
        const log = this.logs.get(id);
        log?.append(record.payload, record.overlay);
        if (log !== undefined) log.end = log.next;
      }
    } else if (record.op === 'release') this.logs.get(record.log)?.release(record.from, record.to);
    else if (record.op === 'returned') this.logs.get(record.log)?.returned(record.from, record.to, record.attempts);
    else if (record.op === 'drop') this.logs.delete(record.log);
  }
}
