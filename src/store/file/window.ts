/**
 * A window that slides over one area's file while it is scanned: large reads, so that a scan runs at the speed of the
 * disk, and a small block costs no call of its own.
 *
 *   file    ──────────[ base ······ window ······ base + bytes.length )──────
 */
import { type Disk, type DiskFault, promised } from '../disk.ts';
import type { Area, OpenAreas } from './area.ts';

const READ_BYTES = 4 * 1024 * 1024;

export class Window {
  /** What is loaded; replaced by `load`. */
  bytes: Uint8Array = new Uint8Array(0);
  /** The offset in the file of `bytes[0]`. */
  base = 0;
  #buffer = new Uint8Array(0);
  #area: Area | null = null;
  readonly #disk: Disk;
  readonly #open: OpenAreas;

  constructor(disk: Disk, open: OpenAreas) {
    this.#disk = disk;
    this.#open = open;
  }

  /** True when `[offset, offset + bytes)` of the area is loaded. */
  holds(area: Area, offset: number, bytes: number): boolean {
    return area === this.#area && offset >= this.base && offset + bytes <= this.base + this.bytes.length;
  }

  /** Loads from `offset` on, at least `bytes` if the file has them. */
  async load(area: Area, offset: number, bytes: number): Promise<void> {
    await this.#withFile(area);
    const wanted = Math.min(Math.max(bytes, READ_BYTES), Math.max(0, area.bytes - offset));
    if (this.#buffer.length < wanted) this.#buffer = new Uint8Array(wanted);
    const into = this.#buffer.subarray(0, wanted);
    try {
      const found = await promised<number>((done) => this.#disk.read(area.handle as number, into, offset, done));
      this.#area = area;
      this.base = offset;
      this.bytes = into.subarray(0, found);
    } finally {
      this.#open.release(area);
    }
  }

  /** Reads a few bytes without moving the window. */
  async peek(area: Area, offset: number, into: Uint8Array): Promise<number> {
    await this.#withFile(area);
    try {
      return await promised<number>((done) => this.#disk.read(area.handle as number, into, offset, done));
    } finally {
      this.#open.release(area);
    }
  }

  #withFile(area: Area): Promise<void> {
    return promised((done) => this.#open.use(area, (fault: DiskFault | null) => done(fault, undefined)));
  }
}
