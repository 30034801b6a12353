/**
 * Replay: reads a chain from its areas, finds its end, and tells a torn tail from damage.
 *
 * A block counts when its header and body match their checksums, it bears this store's id, this chain and the next
 * number, its epoch is not lower than the last block's, and it names the last block's chain CRC. At the first that
 * doesn't:
 *
 *   another area begins with the very next block ───▶ go on there (what is left in this area is old content)
 *   a later block, or the identity, says that the missing one was durable ─▶ damage: reported; go on behind it
 *   otherwise ───▶ the end: nothing from here on was ever confirmed; the next append overwrites it
 *
 * Nothing is truncated. When an area begins with a block that the area before also holds, the beginning counts: that
 * is how an append moved away from a file that could not grow (append.ts).
 *
 * The first block of an area is its *head*. Files are wiped there before they become areas (space.ts), so a valid head
 * is never old content, and the area to begin in is found by halving.
 *
 * In every chain but main whole areas are dropped out of the middle as a matter of course, so a gap between two
 * areas is no damage there. In main nothing after the newest checkpoint is ever dropped.
 */
import {
  BLOCK_HEADER_BYTES,
  BLOCK_MAGIC_BYTES,
  BlockHeader,
  FIRST_BLOCK,
  readBlockHeader,
  verifyBlockBody,
} from '../block.ts';
import { type BlockVisitor, CHAINS, type Chain, type ChainRange } from '../engine.ts';
import type { Area } from './area.ts';
import type { Window } from './window.ts';

/** How far beyond an end that looks clean (zeros, old content) a later block is looked for. */
const CLEAN_SEARCH_BYTES = 4 * 1024 * 1024;
const UNKNOWN = -1;

export interface ReplaySource {
  readonly chain: Chain;
  readonly storeId: number;
  readonly areaBytes: number;
  /** By ordinal. */
  readonly areas: readonly Area[];
  /** The highest block number that the identity says was durable. */
  readonly durable: number;
  readonly window: Window;
}

export interface ReplayEnd {
  readonly range: ChainRange;
  /** The index in `areas` of the one to go on in, and where; -1 when there is none. */
  readonly index: number;
  readonly offset: number;
  /** The end is damaged: nothing may be written behind it. */
  readonly damaged: boolean;
  /** The areas that blocks were read from. */
  readonly read: readonly Area[];
  /** Offsets behind the end, in the same area, where remains of appends begin. */
  readonly remains: readonly number[];
}

/** Where the scan can go on after damage. */
interface Found {
  readonly index: number;
  readonly offset: number;
  readonly number: number;
}

export class Replay {
  readonly #source: ReplaySource;
  readonly #visitor: BlockVisitor;
  readonly #from: number;
  readonly #header = new BlockHeader();
  /** The first header of an area; null when it has none that is valid. Filled as they are needed. */
  readonly #heads = new Map<number, BlockHeader | null>();
  readonly #read = new Set<Area>();
  #remains: number[] = [];

  #index = 0;
  #offset = 0;
  #expected = FIRST_BLOCK;
  #lastCrc = UNKNOWN;
  #lastEpoch = 0;
  #first = 0;
  #why = '';
  /** The scan stopped at bytes that look like a block that was never written, rather than at a spoilt one. */
  #clean = true;

  constructor(source: ReplaySource, from: number, visitor: BlockVisitor) {
    this.#source = source;
    this.#from = from;
    this.#visitor = visitor;
  }

  async run(): Promise<ReplayEnd> {
    const { areas, durable, chain } = this.#source;
    let damaged = false;
    if (areas.length > 0) await this.#start();
    while (areas.length > 0) {
      await this.#scan();
      if (await this.#continued()) continue;
      const { resume, claimed } = await this.#search();
      if (!claimed) break;
      const until = resume?.number ?? durable + 1;
      const gapBetweenAreas = chain !== 'main' && this.#clean && resume !== null && resume.offset === 0;
      if (until > this.#from && !gapBetweenAreas) {
        const position = (areas[this.#index] as Area).ordinal * this.#source.areaBytes + this.#offset;
        this.#visitor.damaged(chain, position, this.#expected, until, this.#why);
      }
      this.#expected = until;
      this.#lastCrc = UNKNOWN;
      if (resume === null) {
        damaged = true;
        break;
      }
      this.#index = resume.index;
      this.#offset = resume.offset;
    }
    if (areas.length === 0 && durable >= FIRST_BLOCK) {
      if (chain === 'main') {
        this.#visitor.damaged(chain, 0, FIRST_BLOCK, durable + 1, 'all files of the chain are missing');
      }
      this.#expected = durable + 1;
    }
    const first = this.#first === 0 ? this.#expected : this.#first;
    const lastCrc = this.#lastCrc === UNKNOWN ? 0 : this.#lastCrc;
    const index = areas.length > 0 ? this.#index : -1;
    const range = { first, next: this.#expected, lastCrc };
    return { range, index, offset: this.#offset, damaged, read: [...this.#read], remains: this.#remains };
  }

  /**
   * Finds the area to begin in: the last one whose first block is before `from`. Not that of `from` itself: the block
   * may be torn, and what is appended in its place must name the block before it.
   */
  async #start(): Promise<void> {
    const { areas, chain } = this.#source;
    let low = 0;
    let lowHead = await this.#head(0);
    for (let index = 1; lowHead === null && index < areas.length; index++) {
      lowHead = await this.#head(index);
      // A spoilt beginning of the oldest area must be looked at if it may be wanted, and if what is in it can be
      // trusted.
      if (lowHead !== null && (lowHead.number <= this.#from || chain !== 'main')) low = index;
    }
    this.#first = lowHead?.number ?? 0;
    let high = areas.length - 1;
    while (lowHead !== null && low < high) {
      const middle = (low + high + 1) >> 1;
      const head = await this.#head(middle);
      // An area without a head (never written to, or spoilt): look further down, at the price of scanning more.
      if (head !== null && head.number < this.#from) low = middle;
      else high = middle - 1;
    }
    this.#index = low;
    const head = await this.#head(low);
    // Without a valid beginning take the lowest number it could have had.
    if (head !== null) {
      this.#expected = head.number;
      this.#lastCrc = head.previousCrc;
    } else if (Number.isFinite(this.#from)) this.#expected = Math.max(FIRST_BLOCK, this.#from);
  }

  /** Gives blocks from the current place on, until one does not count; then `#why` says why. */
  async #scan(): Promise<void> {
    const { areas, window, chain, areaBytes } = this.#source;
    const area = areas[this.#index] as Area;
    const start = area.ordinal * areaBytes;
    const rivals = [await this.#head(this.#index + 1), await this.#head(this.#index + 2)];
    const header = this.#header;
    this.#clean = true;
    for (;;) {
      if (!window.holds(area, this.#offset, BLOCK_HEADER_BYTES)) {
        await window.load(area, this.#offset, BLOCK_HEADER_BYTES);
      }
      const why = readBlockHeader(window.bytes, this.#offset - window.base, header);
      if (why !== null) this.#clean = !isSpoiltHeader(window.bytes, this.#offset - window.base);
      this.#why = why ?? this.#misfit() ?? '';
      if (this.#why !== '') return;
      for (const rival of rivals) {
        if (rival?.number !== header.number || rival.previousCrc !== this.#lastCrc) continue;
        if (rival.epoch < header.epoch) continue;
        this.#why = `block ${header.number} begins another area`;
        return;
      }
      if (!window.holds(area, this.#offset, header.length)) await window.load(area, this.#offset, header.length);
      const at = this.#offset - window.base;
      this.#why = verifyBlockBody(window.bytes, at, header) ?? '';
      if (this.#why !== '') {
        this.#clean = false;
        return;
      }
      if (header.number >= this.#from) {
        const bytes = window.bytes.subarray(at, at + header.length);
        this.#visitor.block(chain, start + this.#offset, bytes, header);
      }
      this.#read.add(area);
      this.#offset += header.length;
      this.#expected = header.number + 1;
      this.#lastCrc = header.headerCrc;
      this.#lastEpoch = header.epoch;
    }
  }

  /** Why the valid header just read is not that of the next block; null when it is. */
  #misfit(): string | null {
    const header = this.#header;
    if (!this.#isOurs(header)) return 'what follows is of an earlier use of the file';
    if (header.number !== this.#expected) return `block ${header.number} stands where ${this.#expected} should`;
    if (this.#lastCrc !== UNKNOWN && header.previousCrc !== this.#lastCrc) {
      return `block ${header.number} does not continue the one before it`;
    }
    return null;
  }

  #isOurs(header: BlockHeader): boolean {
    const { storeId, chain } = this.#source;
    return header.storeId === storeId && CHAINS[header.chain] === chain && header.epoch >= this.#lastEpoch;
  }

  /** Moves to the area that begins with the very next block, if there is one. */
  async #continued(): Promise<boolean> {
    for (let index = this.#index + 1; index < this.#source.areas.length; index++) {
      const head = await this.#head(index);
      if (head === null || head.number !== this.#expected || !this.#isOurs(head)) continue;
      if (this.#lastCrc !== UNKNOWN && head.previousCrc !== this.#lastCrc) continue;
      this.#index = index;
      this.#offset = 0;
      return true;
    }
    return false;
  }

  /**
   * Looks behind the current place for the next valid block, and for a claim that the block expected there was durable.
   * Without a claim what is found are remains of appends that were never confirmed.
   */
  async #search(): Promise<{ resume: Found | null; claimed: boolean }> {
    const { areas, durable, chain } = this.#source;
    this.#remains = [this.#offset];
    const search: Search = { resume: null, claimed: durable >= this.#expected };
    await this.#searchArea(
      this.#index,
      this.#offset,
      this.#clean ? CLEAN_SEARCH_BYTES : Number.POSITIVE_INFINITY,
      search,
    );
    for (let index = this.#index + 1; index < areas.length; index++) {
      if (search.claimed && search.resume !== null) break;
      const head = await this.#head(index);
      if (head === null) continue;
      this.#consider(search, { index, offset: 0, number: head.number }, head);
      if (!search.claimed) await this.#searchArea(index, 0, Number.POSITIVE_INFINITY, search);
    }
    if (search.claimed && chain === 'main') await this.#searchHeadless(search);
    return search;
  }

  /**
   * An area before the place found may have a spoilt head and whole blocks behind it. Not so outside main: there a file
   * without a head may hold blocks of these very numbers that were dropped.
   */
  async #searchHeadless(search: Search): Promise<void> {
    const until = search.resume?.index ?? this.#source.areas.length;
    for (let index = this.#index + 1; index < until; index++) {
      if ((await this.#head(index)) !== null) continue;
      const inside: Search = { resume: null, claimed: true };
      await this.#searchArea(index, 0, Number.POSITIVE_INFINITY, inside);
      if (inside.resume === null || inside.resume.number >= (search.resume?.number ?? Number.POSITIVE_INFINITY))
        continue;
      search.resume = inside.resume;
      return;
    }
  }

  async #searchArea(index: number, from: number, limit: number, search: Search): Promise<void> {
    const { areas, window } = this.#source;
    const area = areas[index] as Area;
    const header = new BlockHeader();
    let offset = from;
    const end = from + limit;
    while (offset < end && !(search.claimed && search.resume !== null)) {
      if (!window.holds(area, offset, BLOCK_HEADER_BYTES)) await window.load(area, offset, BLOCK_HEADER_BYTES);
      if (window.bytes.length < BLOCK_HEADER_BYTES) return;
      const at = indexOfMagic(window.bytes, offset - window.base);
      if (at < 0) {
        // The magic may lie across the border of the window.
        const next = window.base + window.bytes.length - BLOCK_MAGIC_BYTES.length + 1;
        if (next <= offset) return;
        offset = next;
        continue;
      }
      offset = window.base + at;
      if (!window.holds(area, offset, BLOCK_HEADER_BYTES)) await window.load(area, offset, BLOCK_HEADER_BYTES);
      if (readBlockHeader(window.bytes, offset - window.base, header) === null) {
        const found = { index, offset, number: header.number };
        if (index === this.#index && this.#isOurs(header) && header.number >= this.#expected)
          this.#remains.push(offset);
        if (search.resume === null && this.#isOurs(header) && header.number > this.#expected) {
          if (!window.holds(area, offset, header.length)) await window.load(area, offset, header.length);
          if (verifyBlockBody(window.bytes, offset - window.base, header) === null) {
            this.#consider(search, found, header);
          }
        } else this.#consider(search, search.resume ?? found, header);
      }
      offset++;
    }
  }

  #consider(search: Search, found: Found, header: BlockHeader): void {
    if (!this.#isOurs(header) || header.number <= this.#expected) return;
    search.resume ??= found;
    if (header.durableNumber >= this.#expected) search.claimed = true;
    // Outside main an area is begun only when all before it is synced.
    if (this.#source.chain !== 'main' && found.index > this.#index && found.offset === 0) search.claimed = true;
  }

  async #head(index: number): Promise<BlockHeader | null> {
    const { areas, storeId, chain, window } = this.#source;
    const area = areas[index];
    if (area === undefined) return null;
    const known = this.#heads.get(index);
    if (known !== undefined) return known;
    const bytes = new Uint8Array(BLOCK_HEADER_BYTES);
    const header = new BlockHeader();
    const found = await window.peek(area, 0, bytes);
    const valid = found === bytes.length && readBlockHeader(bytes, 0, header) === null;
    const head = valid && header.storeId === storeId && CHAINS[header.chain] === chain ? header : null;
    this.#heads.set(index, head);
    return head;
  }
}

interface Search {
  resume: Found | null;
  claimed: boolean;
}

/** The next place where a block may begin. */
function indexOfMagic(bytes: Uint8Array, from: number): number {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(BLOCK_MAGIC_BYTES, from);
}

/**
 * For bytes that are no valid header: zeros and old content do not begin with the magic, but a header that suffered
 * does.
 */
function isSpoiltHeader(bytes: Uint8Array, at: number): boolean {
  if (at + BLOCK_HEADER_BYTES > bytes.length) return false;
  return BLOCK_MAGIC_BYTES.every((byte, index) => bytes[at + index] === byte);
}
