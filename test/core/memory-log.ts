/**
 * MemoryLog: the Log and Cursor of the MemoryStore: an array of entries and the set of what is released.
 */
import type { LogId, Offset } from '../../src/core/ids.ts';
import { IntervalSet } from '../../src/core/interval-set.ts';
import type { Entry, Overlay } from '../../src/core/message.ts';
import { COLD, type Cursor, END, type Log, type LogWatcher, READY, type ReadState } from '../../src/core/ports.ts';

export interface Stored {
  readonly offset: Offset;
  readonly payload: Payload;
  readonly overlay: Overlay | null;
}

export interface Payload {
  readonly format: number;
  readonly persistent: boolean;
  readonly priority: number;
  readonly timestamp: number;
  readonly expiresAt: number;
  readonly count: number;
  readonly bytes: Uint8Array;
}

export class MemoryLog implements Log {
  readonly id: LogId;
  readonly durable: boolean;
  readonly entries: Stored[] = [];
  readonly released = new IntervalSet();
  readonly attemptsOf = new Map<Offset, number>();
  readonly loaded = new Set<Offset>();
  readonly isCold: (log: Log, offset: Offset) => boolean;
  end = 0;
  /** One past the last appended one, visible or not. */
  next = 0;
  dropped = false;
  watcher: LogWatcher | null = null;
  readonly returns: Log['returns'];

  constructor(id: LogId, durable: boolean, isCold: (log: Log, offset: Offset) => boolean) {
    this.id = id;
    this.durable = durable;
    this.isCold = isCold;
    const { attemptsOf } = this;
    this.returns = {
      get size() {
        return attemptsOf.size;
      },
      attempts: (offset) => attemptsOf.get(offset) ?? 0,
    };
  }

  get floor(): Offset {
    return Math.min(this.released.firstAbsent(0), this.end);
  }

  get living(): number {
    return this.end - this.released.countIn(0, this.end);
  }

  get livingBytes(): number {
    let bytes = 0;
    for (const stored of this.entries) {
      if (stored.offset < this.end && !this.gone(stored)) bytes += stored.payload.bytes.length;
    }
    return bytes;
  }

  /** The first entry at or behind `offset` of which something is living. */
  seek(offset: Offset): Stored | undefined {
    let low = 0;
    let high = this.entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const { offset: start, payload } = this.entries[middle] as Stored;
      if (start + payload.count <= offset) low = middle + 1;
      else high = middle;
    }
    while (low < this.entries.length && this.gone(this.entries[low] as Stored)) low++;
    return this.entries[low];
  }

  private gone({ offset, payload }: Stored): boolean {
    return this.released.firstAbsent(offset) >= offset + payload.count;
  }

  append(payload: Payload, overlay: Overlay | null): void {
    if (this.dropped) throw new Error(`append to dropped log ${this.id}`);
    this.entries.push({ offset: this.next, payload, overlay });
    this.next += payload.count;
  }

  release(from: Offset, to: Offset): void {
    if (from < 0 || to > this.end || from > to)
      throw new Error(`release [${from}, ${to}) of log ${this.id}, end ${this.end}`);
    this.released.add(from, to);
    for (let offset = from; offset < to; offset++) this.attemptsOf.delete(offset);
  }

  returned(from: Offset, to: Offset, attempts: number): void {
    if (from < 0 || to > this.end) throw new Error(`returned [${from}, ${to}) of log ${this.id}`);
    for (let offset = from; offset < to; offset++) {
      if (this.released.contains(offset)) throw new Error(`returned ${offset} of log ${this.id}, which is settled`);
      this.attemptsOf.set(offset, attempts);
    }
  }

  cursor(): Cursor {
    return new MemoryCursor(this);
  }
}

class MemoryCursor implements Cursor {
  offset = 0;
  private readonly log: MemoryLog;

  constructor(log: MemoryLog) {
    this.log = log;
  }

  seek(offset: Offset): void {
    this.offset = offset;
  }

  read(entry: Entry): ReadState {
    const { log } = this;
    if (log.dropped) throw new Error(`read of dropped log ${log.id}`);
    this.offset = log.released.firstAbsent(this.offset);
    const stored = log.seek(this.offset);
    if (stored === undefined || stored.offset >= log.end) return END;
    if (log.isCold(log, stored.offset) && !log.loaded.has(stored.offset)) return COLD;
    entry.offset = this.offset;
    entry.base = stored.offset;
    entry.count = stored.payload.count;
    entry.format = stored.payload.format;
    entry.persistent = stored.payload.persistent;
    entry.priority = stored.payload.priority;
    entry.timestamp = stored.payload.timestamp;
    entry.expiresAt = stored.overlay?.expiresAt ?? stored.payload.expiresAt;
    entry.bytes = stored.payload.bytes;
    entry.start = 0;
    entry.end = stored.payload.bytes.length;
    entry.overlay = stored.overlay;
    return READY;
  }

  advance(): void {
    const stored = this.log.seek(this.offset);
    if (stored === undefined || stored.offset > this.offset) throw new Error('advance without a read');
    this.offset++;
  }

  advanceEntry(): void {
    const stored = this.log.seek(this.offset);
    if (stored === undefined || stored.offset > this.offset) throw new Error('advance without a read');
    this.offset = stored.offset + stored.payload.count;
  }
}
