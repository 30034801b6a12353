/**
 * A journal on a simulated disk that works by itself: what a test of the journal needs to write and read messages.
 */
import assert from 'node:assert/strict';
import { Entry, type Message } from '../../../src/core/message.ts';
import { END, type LogSet, READY } from '../../../src/core/ports.ts';
import { FileEngine } from '../../../src/store/file/engine.ts';
import type { Journal } from '../../../src/store/journal/journal.ts';
import { type OpenedJournal, openJournal } from '../../../src/store/journal/open.ts';
import type { JournalOptions } from '../../../src/store/journal/options.ts';
import type { StoredLog } from '../../../src/store/journal/stored-log.ts';
import { SimulatedDisk } from '../simulated-disk.ts';

export const AREA_BYTES = 32 * 1024;

/** A payload that begins with its message's number and repeats its lowest byte. */
export class Numbered implements Message {
  readonly format = 1;
  readonly priority = 0;
  readonly timestamp = 1;
  readonly expiresAt: number;
  readonly count = 1;
  readonly id: number;
  readonly length: number;
  readonly persistent: boolean;

  constructor(id: number, length = 100, persistent = true, expiresAt = 0) {
    this.id = id;
    this.length = length;
    this.persistent = persistent;
    this.expiresAt = expiresAt;
  }

  write(target: Uint8Array, at: number): void {
    target.fill(this.id & 255, at, at + this.length);
    new DataView(target.buffer, target.byteOffset).setUint32(at, this.id, true);
  }
}

export function idOf(entry: Entry): number {
  const id = new DataView(entry.bytes.buffer, entry.bytes.byteOffset).getUint32(entry.start, true);
  for (let at = entry.start + 4; at < entry.end; at++) assert.equal(entry.bytes[at], id & 255, 'the payload is whole');
  return id;
}

export function to(...logs: readonly StoredLog[]): LogSet {
  return { durable: logs.filter((log) => log.durable), transient: logs.filter((log) => !log.durable) };
}

export class Bench {
  readonly disk = new SimulatedDisk(1);
  readonly options: Partial<JournalOptions>;
  opened!: OpenedJournal;
  failure: string | null = null;

  constructor(options: Partial<JournalOptions> = {}) {
    this.options = { blockBytes: 4096, cacheBytes: 16 * 1024, readBytes: 64 * 1024, spillBytes: 8192, ...options };
  }

  get journal(): Journal {
    return this.opened.journal;
  }

  /** Opens what the disk holds. */
  async open(): Promise<this> {
    const { disk } = this;
    const engine = new FileEngine(disk.mount(), {
      areaBytes: AREA_BYTES,
      defer: disk.defer,
      schedule: (_delayMs, callback) => disk.defer(callback),
      newStoreId: () => 7,
    });
    this.opened = await this.drive(openJournal(engine, this.options));
    this.journal.waker = { wake: () => disk.defer(() => this.journal.flush()) };
    this.journal.onFailed = (fault) => {
      this.failure = fault.message;
    };
    return this;
  }

  log(id: number): StoredLog {
    const log = this.opened.logs.get(id);
    assert.ok(log !== undefined, `log ${id} is there`);
    return log as StoredLog;
  }

  /** A log that outlives a restart, because a queue names it. */
  queue(): StoredLog {
    const log = this.journal.createLog(true);
    const name = `q${log.id}`;
    this.journal.define({
      kind: 'queue',
      namespace: '/',
      name,
      autoDelete: false,
      arguments: new Map(),
      logs: [log.id],
    });
    return log;
  }

  /**
   * Flushes and lets the disk work until nothing is left to do; a full disk, which is tried again and again, so long.
   */
  async settle(stepsMax = Number.POSITIVE_INFINITY): Promise<void> {
    this.journal.flush();
    const end = this.disk.steps + stepsMax;
    for (let idle = 0; idle < 200 && this.disk.steps < end; idle++) {
      if (this.disk.step()) idle = 0;
      await null;
    }
  }

  /** Lets the disk work until `work` is done. */
  async drive<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const end = (): void => {
      done = true;
    };
    work.then(end, end);
    for (let idle = 0; !done && idle < 5000; idle++) {
      if (this.disk.step()) idle = 0;
      await null;
      if (idle % 100 === 99) await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(done, 'nothing in flight and still not done');
    return work;
  }

  /** The ids of what `log` holds, from its floor to its end. */
  read(log: StoredLog): Promise<number[]> {
    return this.drive(this.#read(log));
  }

  async #read(log: StoredLog): Promise<number[]> {
    const cursor = log.cursor();
    const entry = new Entry();
    const ids: number[] = [];
    for (let loads = 0; ; ) {
      const state = cursor.read(entry);
      if (state === END) return ids;
      if (state === READY) {
        ids.push(idOf(entry));
        cursor.advance();
        continue;
      }
      assert.ok(++loads < 10_000, `log ${log.id} stays cold at ${cursor.offset}`);
      await new Promise<void>((loaded) => {
        log.watcher = { advanced: () => {}, loaded: () => loaded() };
        this.journal.load(log, cursor.offset);
      });
    }
  }
}

export function range(from: number, end: number): number[] {
  return Array.from({ length: end - from }, (_, index) => from + index);
}
