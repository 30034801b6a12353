/**
 * The file engine: blocks in files of one folder, made durable by `fdatasync`. The embedded default.
 *
 *   append ──▶ ChainEnd (chain.ts) ──▶ areas (area.ts) ──▶ Disk ──▶ folder
 *                     └── takes files from ── Space (space.ts): spares, reserve, room
 *   replay ──▶ Replay (replay.ts) ──▶ Window (window.ts) ──▶ Disk
 *
 * This file only joins these, owns the identity (identity.ts), the ordinals of areas and the final state: after a
 * failed write or sync nothing is ever confirmed again, because the page cache can't be trusted then; a restart reads
 * what is really there.
 */
import { randomInt } from 'node:crypto';
import { BLOCK_HEADER_BYTES, FIRST_BLOCK } from '../block.ts';
import { type Disk, type DiskFault, FOLDER, type Handle, promised } from '../disk.ts';
import type { BlockVisitor, Chain, ChainRange, Engine, EngineFault, Opened, Position } from '../engine.ts';
import { CHAINS } from '../engine.ts';
import { NodeDisk } from '../node-disk.ts';
import { Area, OpenAreas } from './area.ts';
import { ChainEnd } from './chain.ts';
import type { ChainContext } from './chain-context.ts';
import { type Identity, IdentityFile } from './identity.ts';
import { lockFolder, type Unlock } from './lock.ts';
import { parseName } from './names.ts';
import { Replay } from './replay.ts';
import { Space } from './space.ts';
import { Window } from './window.ts';

export interface FileEngineOptions {
  /** The size of an area; of use only when the folder is new. */
  readonly areaBytes?: number;
  /** Spare files for upkeep on a full disk. */
  readonly reserve?: number;
  /** Spare files kept ready beyond these. */
  readonly ahead?: number;
  /** How often a full disk is tried again. */
  readonly retryMs?: number;
  readonly openFilesMax?: number;
  readonly lock?: () => Promise<Unlock>;
  readonly schedule?: (delayMs: number, callback: () => void) => void;
  readonly defer?: (callback: () => void) => void;
  readonly newStoreId?: () => number;
}

const AREA_BYTES = 64 * 1024 * 1024;

/** The engine over a real folder, locked while it is open. */
export function fileEngine(folder: string, options: FileEngineOptions = {}): FileEngine {
  return new FileEngine(new NodeDisk(folder), { lock: () => lockFolder(folder), ...options });
}

export class FileEngine implements Engine {
  onRoom: (() => void) | null = null;
  onFailed: ((fault: EngineFault) => void) | null = null;

  readonly #disk: Disk;
  readonly #options: FileEngineOptions;
  readonly #defer: (callback: () => void) => void;
  readonly #open: OpenAreas;
  readonly #identityFile: IdentityFile;
  readonly #chains = new Map<Chain, ChainEnd>();
  /** All areas that a position may lie in, by ordinal, and their ordinals in order. */
  readonly #areas = new Map<number, Area>();
  readonly #ordinals: number[] = [];
  /** What the folder held when it was opened, until its chain is replayed. */
  readonly #found = new Map<Chain, Area[]>();
  #nextOrdinal = 1;
  #areaBytes = AREA_BYTES;
  #identity: Identity | null = null;
  #space: Space | null = null;
  #window: Window | null = null;
  #failure: EngineFault | null = null;
  #unlock: Unlock | null = null;
  #closed = false;

  constructor(disk: Disk, options: FileEngineOptions = {}) {
    this.#disk = disk;
    this.#options = options;
    this.#defer = options.defer ?? queueMicrotask;
    this.#open = new OpenAreas(disk, options.openFilesMax ?? 256);
    this.#open.onUnused = (area) => this.#recycle(area);
    this.#identityFile = new IdentityFile(disk);
  }

  async open(): Promise<Opened> {
    this.#unlock = (await this.#options.lock?.()) ?? null;
    try {
      return await this.#openFolder();
    } catch (error) {
      await this.#unlock?.();
      this.#unlock = null;
      throw error;
    }
  }

  async replay(chain: Chain, from: number, visitor: BlockVisitor): Promise<void> {
    const end = this.#chain(chain);
    const { storeId, durable } = this.#identity as Identity;
    const areas = this.#found.get(chain) ?? [];
    if (end.known) throw new Error(`chain ${chain} was replayed already`);
    this.#window ??= new Window(this.#disk, this.#open);
    const source = {
      chain,
      storeId,
      areaBytes: this.#areaBytes,
      areas,
      durable: durable[CHAINS.indexOf(chain)] ?? 0,
      window: this.#window,
    };
    const result = await new Replay(source, from, visitor).run();
    // Behind the end stand only remains of appends that were never confirmed.
    for (const area of areas.splice(result.index + 1)) {
      this.#forget(area);
      this.#recycle(area);
    }
    const last = areas.at(-1);
    if (last !== undefined) {
      last.closed = result.damaged;
      last.grows = last.bytes < last.capacity;
    }
    if (last !== undefined && !result.damaged) {
      for (const offset of result.remains) await this.#wipeRemains(last, offset);
    }
    end.resume(areas, result.offset, result.range, result.read);
    this.#found.delete(chain);
    if (this.#found.size === 0) this.#window = null;
  }

  range(chain: Chain): ChainRange {
    return this.#chain(chain).range();
  }

  append(
    chain: Chain,
    expected: number,
    slabs: readonly Uint8Array[],
    lengths: readonly number[],
    positions: number[],
    sync: boolean,
    done: (fault: EngineFault | null) => void,
  ): void {
    this.#chain(chain).append(expected, slabs, lengths, positions, sync, done);
  }

  place(chain: Chain, bytes: number): Position {
    return this.#chain(chain).place(bytes);
  }

  sync(chain: Chain, done: (fault: EngineFault | null) => void): void {
    this.#chain(chain).sync(done);
  }

  read(position: Position, into: Uint8Array, done: (fault: EngineFault | null, bytesRead: number) => void): void {
    const area = this.#areas.get(this.areaOf(position));
    const at = area === undefined ? 0 : position - this.areaStart(area.ordinal);
    if (area === undefined || at >= area.capacity || this.#closed) {
      const message = `position ${position} is not held any more`;
      return this.#defer(() => done({ kind: 'unreadable', message }, 0));
    }
    const settled = this.#chain(area.chain).settled(area);
    const wanted = into.subarray(0, Math.max(0, Math.min(into.length, settled - at)));
    this.#open.use(area, (openFault, handle) => {
      if (openFault !== null) return done(unreadable(area, openFault), 0);
      this.#disk.read(handle, wanted, at, (fault, bytes) => {
        this.#open.release(area);
        done(fault === null ? null : unreadable(area, fault), fault === null ? bytes : 0);
      });
    });
  }

  areaOf(position: Position): number {
    const ordinal = Math.floor(position / this.#areaBytes);
    if (this.#areas.has(ordinal)) return ordinal;
    // Inside an area that spans several ordinals, or in none.
    let low = 0;
    let high = this.#ordinals.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#ordinals[middle] as number) <= ordinal) low = middle;
      else high = middle - 1;
    }
    const start = this.#ordinals[low] ?? ordinal;
    const area = this.#areas.get(start);
    const inside =
      area !== undefined && position >= this.areaStart(start) && position < this.areaStart(start) + area.capacity;
    return inside ? start : ordinal;
  }

  areaStart(area: number): Position {
    return area * this.#areaBytes;
  }

  areas(chain: Chain): readonly number[] {
    const areas = this.#found.get(chain) ?? this.#chain(chain).areas;
    return areas.map(({ ordinal }) => ordinal);
  }

  drop(ordinal: number): boolean {
    const area = this.#areas.get(ordinal);
    return area === undefined || this.#chain(area.chain).drop(area);
  }

  room(): number {
    return this.#space?.room() ?? 0;
  }

  roomForUpkeep(): number {
    return this.#space?.roomForUpkeep() ?? 0;
  }

  lease(): boolean {
    return this.#failure === null && !this.#closed;
  }

  /** Waits for appends under way, syncs what is not, and writes down how far the chains are durable. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      if (this.#failure === null && this.#identity !== null) await this.#sealIdentity(this.#identity);
    } finally {
      this.#space?.close();
      this.#open.closeAll();
      if (this.#identity !== null) this.#identityFile.close();
      await this.#unlock?.();
    }
  }

  async #openFolder(): Promise<Opened> {
    const names = await promised<readonly string[]>((done) => this.#disk.list(done));
    const files = names.map((name) => ({ name, parsed: parseName(name) }));
    const identity = await this.#identityFile.load();
    const fresh = identity === null;
    if (fresh && files.some(({ parsed }) => parsed !== null && parsed.use !== 'spare')) {
      throw new Error('the data folder holds messages, but its dragoman.store is missing or damaged');
    }
    this.#identity = identity ?? {
      storeId: (this.#options.newStoreId ?? (() => randomInt(1, 2 ** 32 - 1)))(),
      epoch: 0,
      areaBytes: this.#options.areaBytes ?? AREA_BYTES,
      durable: CHAINS.map(() => 0),
      sequence: 0,
    };
    this.#identity.epoch++;
    this.#areaBytes = this.#identity.areaBytes;
    await this.#identityFile.save(this.#identity);
    // A process that died may have left names that are not on the disk yet; from here on they are relied on.
    await promised((done) => this.#disk.sync(FOLDER, (fault) => done(fault, undefined)));
    this.#space = this.#makeSpace();
    for (const chain of CHAINS) {
      this.#found.set(chain, []);
      this.#chains.set(chain, new ChainEnd(chain, this.#makeContext(this.#space)));
    }
    for (const { name, parsed } of files) {
      if (parsed === null) continue;
      if (parsed.use === 'spare') await this.#adoptSpare(name, parsed.number, this.#space);
      else if (parsed.use === 'spill')
        await promised((done) => this.#disk.remove(name, (fault) => done(fault, undefined)));
      else this.#found.get(parsed.use)?.push(this.#foundArea(parsed.use, parsed.number, parsed.span));
    }
    const areas = [...this.#found.values()].flat();
    for (const area of areas.sort(byOrdinal)) this.#register(area);
    for (const found of this.#found.values()) found.sort(byOrdinal);
    for (const chain of CHAINS) {
      if (!fresh && chain !== 'spill') continue;
      this.#found.delete(chain);
      this.#chain(chain).resume([], 0, { first: FIRST_BLOCK, next: FIRST_BLOCK, lastCrc: 0 }, []);
    }
    return { storeId: this.#identity.storeId, epoch: this.#identity.epoch, fresh };
  }

  async #adoptSpare(name: string, number: number, space: Space): Promise<void> {
    const [handle, bytes] = await promised<[Handle, number]>((done) =>
      this.#disk.open(name, (fault, opened, length) => done(fault, [opened, length])),
    );
    if (space.adopt(number, handle, bytes)) return;
    this.#disk.close(handle);
    await promised((done) => this.#disk.remove(name, (fault) => done(fault, undefined)));
  }

  /**
   * Overwrites the headers of a torn tail: should the next block not fit there and go to another area, the remains must
   * not look like spoilt blocks for ever. The next sync covers it.
   */
  async #wipeRemains(area: Area, offset: number): Promise<void> {
    const bytes = new Uint8Array(Math.max(0, Math.min(BLOCK_HEADER_BYTES, area.bytes - offset)));
    if (bytes.length === 0) return;
    await promised((done) =>
      this.#open.use(area, (openFault, handle) => {
        if (openFault !== null) return done(openFault, undefined);
        this.#disk.write(handle, [bytes], offset, (fault) => {
          this.#open.release(area);
          done(fault, undefined);
        });
      }),
    );
  }

  #foundArea(chain: Chain, ordinal: number, span: number): Area {
    const area = new Area(chain, ordinal, span, this.#areaBytes);
    area.ready = true;
    return area;
  }

  #makeSpace(): Space {
    return new Space(this.#disk, {
      areaBytes: this.#areaBytes,
      reserve: this.#options.reserve ?? 2,
      ahead: this.#options.ahead ?? 1,
      retryMs: this.#options.retryMs ?? 1000,
      schedule: this.#options.schedule ?? ((delayMs, callback) => void setTimeout(callback, delayMs).unref()),
      onRoom: () => this.#defer(() => this.onRoom?.()),
      onFault: (what, fault) => void this.#fail(what, fault),
    });
  }

  #makeContext(space: Space): ChainContext {
    const engine = this;
    return {
      disk: this.#disk,
      open: this.#open,
      space,
      areaBytes: this.#areaBytes,
      defer: this.#defer,
      create: (chain, bytes) => {
        const span = Math.ceil(bytes / this.#areaBytes);
        return this.#register(new Area(chain, this.#nextOrdinal, span, this.#areaBytes));
      },
      forget: (area) => this.#forget(area),
      fail: (what, fault) => this.#fail(what, fault),
      get failure() {
        return engine.#failure;
      },
    };
  }

  #register(area: Area): Area {
    this.#areas.set(area.ordinal, area);
    this.#ordinals.push(area.ordinal);
    this.#nextOrdinal = area.ordinal + area.span;
    return area;
  }

  #forget(area: Area): void {
    if (this.#areas.delete(area.ordinal)) this.#ordinals.splice(this.#ordinals.indexOf(area.ordinal), 1);
  }

  /** Makes a dropped area's file a spare, or removes it. */
  #recycle(area: Area): void {
    if (this.#failure !== null || this.#closed || !area.ready) return;
    area.ready = false;
    area.dropped = false;
    this.#open.use(area, (fault) => {
      if (fault !== null) return void this.#fail(`opening ${area.name}`, fault);
      const handle = this.#open.surrender(area) as Handle;
      area.users--;
      this.#space?.give(area.name, handle, area.bytes);
    });
  }

  #fail(what: string, fault: DiskFault): EngineFault {
    if (this.#failure === null) {
      const failure: EngineFault = { kind: 'failed', message: `${what} failed: ${fault.message}` };
      this.#failure = failure;
      this.#space?.close();
      this.#defer(() => this.onFailed?.(failure));
    }
    return this.#failure;
  }

  async #sealIdentity(identity: Identity): Promise<void> {
    for (const [index, chain] of CHAINS.entries()) {
      const end = this.#chain(chain);
      if (chain === 'spill' || !end.known) continue;
      await end.idle();
      const durable = end.range().next - 1;
      await new Promise<void>((resolve, reject) => {
        end.sync((fault) => (fault === null ? resolve() : reject(new Error(fault.message))));
      });
      identity.durable[index] = durable;
    }
    await this.#identityFile.save(identity);
  }

  #chain(chain: Chain): ChainEnd {
    const end = this.#chains.get(chain);
    if (end === undefined) throw new Error('the engine is not open');
    return end;
  }
}

function byOrdinal(a: Area, b: Area): number {
  return a.ordinal - b.ordinal;
}

function unreadable(area: Area, fault: DiskFault): EngineFault {
  return { kind: 'unreadable', message: `reading ${area.name} failed: ${fault.message}` };
}
