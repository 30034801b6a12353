/**
 * A seeded disk in memory that is as unkind as a real one may be. One seed gives one history.
 *
 *   files   what a file holds now (what reads see) | what a crash leaves for sure | the writes between the two
 *   names   the folder now                         | the folder after a crash     | the changes between the two
 *
 * Calls are carried out by `step()`, one at a time, in an order drawn from the seed. `crash()` forgets calls
 * in flight, then decides for every 512-byte sector of every unsynced write whether it is kept, dropped, kept in an
 * older version or torn, and for every unsynced change of the folder whether it happened.
 */
import { type Disk, type DiskFault, type Done, FOLDER, type Handle } from '../../src/store/disk.ts';

const SECTOR_BYTES = 512;

/** A small generator of good enough quality (mulberry32): numbers in [0, 1). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = state;
    value = Math.imul(value ^ (value >>> 15), value | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
}

export function faultOf(code: string): DiskFault {
  return Object.assign(new Error(`${code}: simulated`), { code });
}

interface Write {
  readonly at: number;
  bytes: Uint8Array;
  /** It has called back: only such a write is covered by a sync. */
  complete: boolean;
}

interface File {
  /** What survives a crash for sure. */
  durable: Uint8Array;
  /** What reads see. */
  live: Uint8Array;
  /** Writes since, oldest first, those still in flight included. */
  unsynced: Write[];
}

interface NameChange {
  readonly file: File;
  readonly from: string | null;
  readonly to: string | null;
}

export type CallKind = 'open' | 'write' | 'read' | 'sync' | 'rename' | 'remove' | 'list' | 'defer';

interface Call {
  readonly kind: CallKind;
  readonly run: (fault: DiskFault | null) => void;
}

export class SimulatedDisk implements Disk {
  /** Bytes that all files together may have. */
  capacityBytes = Number.POSITIVE_INFINITY;
  /** Asked before each call is carried out: a fault to answer with instead. */
  faultFor: ((kind: CallKind) => DiskFault | null) | null = null;
  /** Called by `until` when nothing is in flight: lets a test make time pass. */
  onIdle: (() => void) | null = null;
  steps = 0;

  readonly #random: () => number;
  #handles: (File | null)[] = [];
  #life = 0;
  #names = new Map<string, File>();
  #durableNames = new Map<string, File>();
  #changes: NameChange[] = [];
  #calls: Call[] = [];

  constructor(seed: number) {
    this.#random = randomOf(seed);
  }

  /** Carries out one of the calls in flight; false when there is none. */
  step(): boolean {
    const call = this.#calls.splice(Math.floor(this.#random() * this.#calls.length), 1)[0];
    if (call === undefined) return false;
    this.steps++;
    call.run(call.kind === 'defer' ? null : (this.faultFor?.(call.kind) ?? null));
    return true;
  }

  /** Carries out calls, and lets promises go on between them, until there is nothing left to do. */
  async settle(): Promise<void> {
    for (let idle = 0; idle < 20; idle++) {
      while (this.step()) idle = 0;
      await null;
    }
  }

  /** Settles until the promise is. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let over = false;
    const mark = (): void => {
      over = true;
    };
    promise.then(mark, mark);
    for (let idle = 0; !over; idle++) {
      if (this.step()) idle = 0;
      await null;
      if (idle % 50 === 49) {
        this.onIdle?.();
        await new Promise((resolve) => setImmediate(resolve));
      }
      if (idle > 1000) throw new Error('nothing in flight and still not settled');
    }
    return promise;
  }

  /** For `defer` of an engine: a callback that takes its turn among the calls. */
  readonly defer = (callback: () => void): void => {
    this.#calls.push({ kind: 'defer', run: callback });
  };

  /** The machine stops now and starts again: handles are gone, calls in flight never answer. */
  crash(): void {
    const names = new Map(this.#durableNames);
    const inOrder = this.#random() < 0.5;
    const until = Math.floor(this.#random() * (this.#changes.length + 1));
    for (const [index, change] of this.#changes.entries()) {
      if (inOrder ? index >= until : this.#random() < 0.5) continue;
      if (change.from !== null) {
        if (names.get(change.from) !== change.file) continue;
        names.delete(change.from);
      }
      if (change.to !== null) names.set(change.to, change.file);
    }
    for (const file of new Set([...this.#names.values(), ...names.values()])) this.#lose(file);
    this.#names = names;
    this.#durableNames = new Map(names);
    this.#changes = [];
    this.#calls = [];
    this.#handles = [];
    this.#life++;
  }

  /** The process dies, the machine does not: what was written stays; writes in flight have happened or not. */
  kill(): void {
    for (const file of this.#names.values()) {
      for (const write of file.unsynced.filter(({ complete }) => !complete)) {
        write.complete = true;
        if (this.#random() < 0.5) write.bytes = new Uint8Array(0);
        file.live = merged(file.live, write.at, write.bytes);
      }
    }
    this.#calls = [];
    this.#handles = [];
    this.#life++;
  }

  /**
   * The disk as one process sees it: after the next crash or kill its calls come to nothing, so that what is left of
   * the old process in the heap does not reach into the next life.
   */
  mount(): Disk {
    const life = this.#life;
    return new Proxy<Disk>(this, {
      get: (_, name) => {
        if (life !== this.#life) return () => {};
        const method = this[name as keyof Disk];
        return method.bind(this);
      },
    });
  }

  names(): string[] {
    return [...this.#names.keys()].sort();
  }

  /** What a file holds now, to look at or to spoil (both copies are the caller's to change through `flipBit`). */
  contents(name: string): Uint8Array {
    return this.#file(name).live;
  }

  flipBit(name: string, at: number): void {
    const file = this.#file(name);
    for (const bytes of [file.live, file.durable]) if (at < bytes.length) bytes[at] = (bytes[at] as number) ^ 1;
  }

  list(done: (fault: DiskFault | null, names: readonly string[]) => void): void {
    this.#call('list', (fault) => done(fault, this.names()));
  }

  open(name: string, done: (fault: DiskFault | null, handle: Handle, bytes: number) => void): void {
    this.#call('open', (fault) => {
      if (fault !== null) return done(fault, 0, 0);
      let file = this.#names.get(name);
      if (file === undefined) {
        file = { durable: new Uint8Array(0), live: new Uint8Array(0), unsynced: [] };
        this.#names.set(name, file);
        this.#changes.push({ file, from: null, to: name });
      }
      done(null, this.#handles.push(file) - 1, file.live.length);
    });
  }

  close(handle: Handle): void {
    this.#handles[handle] = null;
  }

  write(handle: Handle, parts: readonly Uint8Array[], at: number, done: Done): void {
    const file = this.#open(handle);
    const bytes = new Uint8Array(Buffer.concat(parts));
    // From now on a crash may find any part of it on the disk.
    const write: Write = { at, bytes, complete: false };
    file.unsynced.push(write);
    this.#call('write', (fault) => {
      const growth = Math.max(0, at + bytes.length - file.live.length);
      if (fault === null && (growth === 0 || this.bytes + growth <= this.capacityBytes)) {
        file.live = merged(file.live, at, bytes);
        write.complete = true;
        return done(null);
      }
      // A failed write may have got somewhere.
      const room = Math.max(0, Math.min(bytes.length, this.capacityBytes - this.bytes));
      write.bytes = bytes.subarray(0, Math.floor(this.#random() * room));
      write.complete = true;
      file.live = merged(file.live, at, write.bytes);
      done(fault ?? faultOf('ENOSPC'));
    });
  }

  read(handle: Handle, into: Uint8Array, at: number, done: (fault: DiskFault | null, bytes: number) => void): void {
    const file = this.#open(handle);
    this.#call('read', (fault) => {
      if (fault !== null) return done(fault, 0);
      const found = file.live.subarray(at, at + into.length);
      into.set(found);
      done(null, found.length);
    });
  }

  sync(handle: Handle, done: Done): void {
    if (handle === FOLDER) {
      const covered = this.#changes.length;
      this.#call('sync', (fault) => {
        if (fault !== null) return done(fault);
        for (const { file, from, to } of this.#changes.splice(0, covered)) {
          if (from !== null && this.#durableNames.get(from) === file) this.#durableNames.delete(from);
          if (to !== null) this.#durableNames.set(to, file);
        }
        done(null);
      });
      return;
    }
    const file = this.#open(handle);
    const covered = new Set(file.unsynced.filter((write) => write.complete));
    this.#call('sync', (fault) => {
      // A failed sync leaves the pages marked clean: no later one writes them, though reads still see them.
      if (fault === null) {
        for (const write of file.unsynced) {
          if (covered.has(write)) file.durable = merged(file.durable, write.at, write.bytes);
        }
      }
      file.unsynced = file.unsynced.filter((write) => !covered.has(write));
      done(fault);
    });
  }

  rename(from: string, to: string, done: Done): void {
    this.#call('rename', (fault) => {
      if (fault !== null) return done(fault);
      const file = this.#names.get(from);
      if (file === undefined) return done(faultOf('ENOENT'));
      this.#names.delete(from);
      this.#names.set(to, file);
      this.#changes.push({ file, from, to });
      done(null);
    });
  }

  remove(name: string, done: Done): void {
    this.#call('remove', (fault) => {
      if (fault !== null) return done(fault);
      const file = this.#names.get(name);
      if (file === undefined) return done(faultOf('ENOENT'));
      this.#names.delete(name);
      this.#changes.push({ file, from: name, to: null });
      done(null);
    });
  }

  #call(kind: CallKind, run: (fault: DiskFault | null) => void): void {
    this.#calls.push({ kind, run });
  }

  #open(handle: Handle): File {
    const file = this.#handles[handle];
    if (file === null || file === undefined) throw new Error(`handle ${handle} is not open`);
    return file;
  }

  #file(name: string): File {
    const file = this.#names.get(name);
    if (file === undefined) throw new Error(`no file ${name}`);
    return file;
  }

  get bytes(): number {
    let bytes = 0;
    for (const file of this.#names.values()) bytes += file.live.length;
    return bytes;
  }

  /** Decides what a crash leaves of a file: for each sector, which of the unsynced writes to it arrived. */
  #lose(file: File): void {
    let bytes = file.durable;
    const mood = this.#random();
    for (const write of file.unsynced) {
      for (let at = write.at; at < write.at + write.bytes.length; ) {
        const end = Math.min(write.at + write.bytes.length, (Math.floor(at / SECTOR_BYTES) + 1) * SECTOR_BYTES);
        // Some crashes lose nearly nothing, some nearly all, so that long runs of both are seen.
        if (this.#random() < mood) {
          const torn = this.#random() < 0.05 ? Math.floor(this.#random() * (end - at)) : end - at;
          bytes = merged(bytes, at, write.bytes.subarray(at - write.at, at - write.at + torn));
        }
        at = end;
      }
    }
    file.durable = bytes;
    file.live = bytes.slice();
    file.unsynced = [];
  }
}

/** `target` with `bytes` laid over it at `at`, in place when they fit. */
function merged(target: Uint8Array, at: number, bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0) return target;
  let result = target;
  if (at + bytes.length > target.length) {
    result = new Uint8Array(at + bytes.length);
    result.set(target);
  }
  result.set(bytes, at);
  return result;
}
