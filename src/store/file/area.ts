/**
 * Area: one file that holds blocks of one chain back to back, from its first byte on, and never a part of a block.
 *
 *   position = ordinal * areaBytes + offset
 *
 * Ordinals are never reused and rise within a chain. An area is normally `areaBytes` long; one that was made for a
 * single larger block takes as many ordinals as it needs. What stands behind its last block is zeros or what the file
 * held in an earlier use.
 *
 * OpenAreas keeps the files of areas open while they are of use, and closes the longest unused beyond a limit.
 */
import type { Disk, DiskFault, Handle } from '../disk.ts';
import type { Chain } from '../engine.ts';
import { areaName } from './names.ts';

export class Area {
  readonly chain: Chain;
  readonly ordinal: number;
  /** How many ordinals it takes: 1, but for an area made for a block larger than `areaBytes`. */
  readonly span: number;
  /** How many bytes of blocks it may hold. */
  readonly capacity: number;
  /** The file exists under this area's name, and that is durable: it may be written to. */
  ready = false;
  /** The file was begun empty, so that every sync has to make its new length durable too; slower than a filled one. */
  grows = false;
  /** Takes no more blocks: its file cannot grow, or its end is damaged. */
  closed = false;
  /** Nothing in it is needed any more; it is recycled as soon as nobody uses the file. */
  dropped = false;
  /** Blocks were written that no sync has covered. */
  dirty = false;
  handle: Handle | null = null;
  /** The length of the file, as far as known. */
  bytes = 0;
  /** Calls in flight on the handle. */
  users = 0;

  constructor(chain: Chain, ordinal: number, span: number, areaBytes: number) {
    this.chain = chain;
    this.ordinal = ordinal;
    this.span = span;
    this.capacity = span * areaBytes;
  }

  get name(): string {
    return areaName(this.chain, this.ordinal, this.span);
  }
}

export class OpenAreas {
  readonly #disk: Disk;
  readonly #max: number;
  /** In order of last use. */
  readonly #open = new Set<Area>();
  #closing = false;
  /** Told when the last user of a dropped area is done. */
  onUnused: ((area: Area) => void) | null = null;

  constructor(disk: Disk, max: number) {
    this.#disk = disk;
    this.#max = max;
  }

  /** Calls back with the area's open file, which stays open until `release`. May call back before it returns. */
  use(area: Area, done: (fault: DiskFault | null, handle: Handle) => void): void {
    area.users++;
    if (area.handle !== null) {
      this.#open.delete(area);
      this.#open.add(area);
      return done(null, area.handle);
    }
    this.#disk.open(area.name, (fault, handle, bytes) => {
      if (fault !== null) {
        this.release(area);
        return done(fault, 0);
      }
      if (area.handle === null) this.adopt(area, handle, bytes);
      else this.#disk.close(handle);
      done(null, area.handle as Handle);
    });
  }

  release(area: Area): void {
    area.users--;
    if (area.users > 0) return;
    if (this.#closing) this.close(area);
    else if (area.dropped) this.onUnused?.(area);
  }

  /** Takes over a file that is open already. */
  adopt(area: Area, handle: Handle, bytes: number): void {
    area.handle = handle;
    area.bytes = bytes;
    this.#open.add(area);
    if (this.#open.size <= this.#max) return;
    for (const other of this.#open) {
      if (this.#open.size <= this.#max) return;
      if (other !== area && other.users === 0 && !other.dirty) this.close(other);
    }
  }

  /** Lets go of the file without closing it; the caller has it now. */
  surrender(area: Area): Handle | null {
    const { handle } = area;
    area.handle = null;
    this.#open.delete(area);
    return handle;
  }

  close(area: Area): void {
    const handle = this.surrender(area);
    if (handle !== null) this.#disk.close(handle);
  }

  /** Closes all, those in use as soon as they are not. */
  closeAll(): void {
    this.#closing = true;
    for (const area of [...this.#open]) if (area.users === 0) this.close(area);
  }
}
