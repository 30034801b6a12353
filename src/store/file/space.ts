/**
 * Space: the files that are ready to become areas, and what is known about room on the disk.
 *
 *              fill (zeros, in the background)                    take
 *   the disk ─────────────────────────────────▶ spares ──────────────────────▶ areas
 *       ▲                                        │  ▲       give (recycled)       │
 *       └──────── more than `keep` of them ──────┘  └────────────────────────────┘
 *
 * Overwriting a file whose blocks are allocated halves the time of a commit, and cannot run out of space. So files are
 * filled ahead of need and used again. Nobody ever waits for filling: when it is behind, an area begins as an
 * empty file that grows.
 *
 * The first `reserve` spares are not for publishes. They are what lets settles, checkpoints and reclaim go on when the
 * disk is full, so that a full disk can be emptied. That it is full shows here, when filling fails, before a commit
 * meets it; then a retry a second is made, and `room()` tells exactly what is left.
 */
import { BLOCK_HEADER_BYTES } from '../block.ts';
import { type Disk, type DiskFault, FOLDER, type Handle, isFull, promised } from '../disk.ts';
import { spareName } from './names.ts';

export interface SpaceOptions {
  readonly areaBytes: number;
  /** Spares kept for upkeep. */
  readonly reserve: number;
  /** Spares kept ready beyond the reserve. */
  readonly ahead: number;
  readonly retryMs: number;
  readonly schedule: (delayMs: number, callback: () => void) => void;
  readonly onRoom: () => void;
  readonly onFault: (what: string, fault: DiskFault) => void;
}

export interface Spare {
  readonly name: string;
  readonly handle: Handle;
}

/** What a file is taken for: a spill area must not eat into what durable chains need. */
export type Need = 'now' | 'ahead' | 'spill';

const FILL_STEP_BYTES = 1024 * 1024;

export class Space {
  readonly #disk: Disk;
  readonly #options: SpaceOptions;
  readonly #spares: Spare[] = [];
  /** Spares, and files that are on their way to being one. */
  #coming = 0;
  readonly #zeros: Uint8Array;
  #nextSpare = 1;
  #full = false;
  #filling = false;
  #retrying = false;
  #closed = false;
  #hadRoom = true;
  #waiters: (() => void)[] = [];

  constructor(disk: Disk, options: SpaceOptions) {
    this.#disk = disk;
    this.#options = options;
    this.#zeros = new Uint8Array(Math.min(FILL_STEP_BYTES, options.areaBytes));
  }

  /** There are spares beyond the reserve. */
  get plenty(): boolean {
    return this.#spares.length > this.#options.reserve;
  }

  /** The disk is known to be full. */
  get full(): boolean {
    return this.#full;
  }

  /** Calls back the next time that there may be room; who finds none asks again. */
  whenRoom(callback: () => void): void {
    this.#waiters.push(callback);
  }

  /** A spare found when the folder was opened; false if it is of no use. */
  adopt(number: number, handle: Handle, bytes: number): boolean {
    this.#nextSpare = Math.max(this.#nextSpare, number + 1);
    if (bytes !== this.#options.areaBytes || this.#coming >= this.#keep) return false;
    this.#coming++;
    this.#wipe(spareName(number), handle, bytes);
    return true;
  }

  room(): number {
    if (!this.#full) return Number.MAX_SAFE_INTEGER;
    return Math.max(0, this.#spares.length - this.#options.reserve) * this.#options.areaBytes;
  }

  roomForUpkeep(): number {
    return this.#full ? this.#spares.length * this.#options.areaBytes : Number.MAX_SAFE_INTEGER;
  }

  /** A spare to be renamed to an area; 'grow' = begin an empty file; null = there is no room for this need. */
  take(need: Need): Spare | 'grow' | null {
    const { reserve, ahead } = this.#options;
    const untouched = need === 'spill' && !this.#full ? reserve + ahead : reserve;
    let spare: Spare | undefined;
    if (this.#spares.length > untouched) spare = this.#spares.shift();
    else if (!this.#full) return 'grow';
    else if (need === 'now') spare = this.#spares.shift();
    if (spare === undefined) return null;
    this.#coming--;
    this.#changed();
    this.fill();
    return spare;
  }

  /**
   * Takes back an area's file that nothing is needed from any more. A short one is worth filling up if half is there.
   */
  give(name: string, handle: Handle, bytes: number): void {
    if (
      bytes < this.#options.areaBytes / 2 ||
      bytes > this.#options.areaBytes ||
      this.#coming >= this.#keep ||
      this.#closed
    ) {
      this.#disk.close(handle);
      this.#remove(name);
      return;
    }
    const spare = spareName(this.#nextSpare++);
    this.#coming++;
    this.#disk.rename(name, spare, (fault) => {
      if (fault !== null) return this.#options.onFault(`renaming ${name}`, fault);
      this.#disk.sync(FOLDER, (syncFault) => {
        if (syncFault !== null) this.#options.onFault(`renaming ${name}`, syncFault);
        else if (!this.#closed) this.#wipe(spare, handle, bytes);
      });
    });
  }

  /** The disk had no room for something. */
  markFull(): void {
    this.#full = true;
    this.#changed();
    this.#retryLater();
  }

  /** Called when spares are likely to be needed: fills what is missing, in the background. */
  fill(): void {
    if (this.#filling || this.#retrying || this.#closed || !this.#wanting) return;
    this.#filling = true;
    this.#fillAll().then(
      () => {
        this.#filling = false;
      },
      (fault: DiskFault) => {
        this.#filling = false;
        if (this.#closed) return;
        if (isFull(fault)) this.markFull();
        else this.#options.onFault('filling a spare file', fault);
      },
    );
  }

  close(): void {
    this.#closed = true;
    for (const { handle } of this.#spares) this.#disk.close(handle);
  }

  /**
   * Makes a used file a spare: its first header goes, so that recovery never takes old content for the beginning of the
   * area that the file becomes. Only once its new name is durable, or a crash would leave a wiped area.
   */
  #wipe(name: string, handle: Handle, bytes: number): void {
    this.#zero(handle, 0, BLOCK_HEADER_BYTES)
      .then(() => this.#zero(handle, bytes, this.#options.areaBytes))
      .then(
        (whole) => this.#ready(name, handle, whole),
        (fault: DiskFault) => {
          // No room to fill it up. Without it there may be enough for a whole one.
          this.#abandon(name, handle);
          if (isFull(fault)) this.markFull();
          else this.#options.onFault(`wiping ${name}`, fault);
        },
      );
  }

  #ready(name: string, handle: Handle, whole: boolean): void {
    if (this.#closed || !whole) return this.#disk.close(handle);
    this.#spares.push({ name, handle });
    this.#changed();
  }

  /** What little there is must not be held by a file that is of no use. */
  #abandon(name: string, handle: Handle): void {
    this.#coming--;
    this.#disk.close(handle);
    this.#remove(name);
  }

  get #keep(): number {
    return this.#options.reserve + this.#options.ahead + 2;
  }

  get #wanting(): boolean {
    return this.#coming < this.#options.reserve + this.#options.ahead;
  }

  async #fillAll(): Promise<void> {
    while (this.#wanting && !this.#closed) {
      const name = spareName(this.#nextSpare++);
      const handle = await promised<Handle>((done) => this.#disk.open(name, (fault, opened) => done(fault, opened)));
      this.#coming++;
      try {
        this.#ready(name, handle, await this.#zero(handle, 0, this.#options.areaBytes));
      } catch (fault) {
        this.#abandon(name, handle);
        throw fault;
      }
    }
    this.#full = false;
    this.#changed();
  }

  /**
   * Synced step by step, because one sync of it all would hold up the commits beside it. False when closed meanwhile.
   */
  async #zero(handle: Handle, from: number, until: number): Promise<boolean> {
    for (let at = from; at < until; at += this.#zeros.length) {
      if (this.#closed) return false;
      const part = this.#zeros.subarray(0, until - at);
      await promised((done) => this.#disk.write(handle, [part], at, (fault) => done(fault, undefined)));
      await promised((done) => this.#disk.sync(handle, (fault) => done(fault, undefined)));
    }
    return !this.#closed;
  }

  #remove(name: string): void {
    this.#disk.remove(name, (fault) => {
      // Without this the space may come back only after a crash took the name away again.
      if (fault === null && !this.#closed) this.#disk.sync(FOLDER, () => {});
    });
  }

  #retryLater(): void {
    if (this.#retrying || this.#closed) return;
    this.#retrying = true;
    this.#options.schedule(this.#options.retryMs, () => {
      this.#retrying = false;
      if (this.#closed) return;
      if (this.#wanting) this.fill();
      else {
        this.#full = false;
        this.#changed();
      }
    });
  }

  /** Tells of the change from no room to some. */
  #changed(): void {
    const hasRoom = this.room() > 0;
    const came = hasRoom && !this.#hadRoom;
    this.#hadRoom = hasRoom;
    if (this.#closed || !hasRoom) return;
    if (came) this.#options.onRoom();
    for (const waiter of this.#waiters.splice(0)) waiter();
  }
}
