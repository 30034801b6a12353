/**
 * Framer: cuts a stream of chunks into frames, each consumed exactly once.
 *
 *     framer.push(chunk);
 *     while (framer.next()) { ... framer.frame ... }
 *     framer.letGo();
 *     if (framer.fault !== null) close
 *
 *        between ──▶ head ──▶ body ──▶ between          line ends between frames are heart-beats and passed over
 *
 * Every byte is looked at once, however the chunks are cut: places are counted from the frame's first byte, and
 * scanning goes on where it stopped. A frame that lies whole in the chunk is shown where it is. One that is split is
 * gathered in a buffer of our own, which grows with what has arrived, never with what was announced. After a fault
 * there is nothing more.
 */
import { copyBytes } from '../../bytes/copy.ts';
import { Frame } from './frame.ts';
import {
  BACKSLASH,
  CARRIAGE_RETURN,
  COLON,
  LINE_FEED,
  NUL,
  StompError,
  type StompLimits,
  type StompVersion,
} from './protocol.ts';

const NOTHING = new Uint8Array(0);
const GATHERING_BYTES_MIN = 512;
/** A gathering buffer above this is not kept for the next split frame. */
const GATHERING_BYTES_KEPT = 16 * 1024;
const NO_LENGTH = -1;
const LENGTH_DIGITS_MAX = 15;

const BETWEEN = 0;
const HEAD = 1;
const BODY = 2;

export class Framer {
  readonly frame = new Frame();
  fault: StompError | null = null;

  readonly #limits: StompLimits;
  #phase: typeof BETWEEN | typeof HEAD | typeof BODY = BETWEEN;
  #chunk: Uint8Array = NOTHING;
  /** Where the frame's first byte is, or would be, in the chunk: negative when it came in an earlier one. */
  #base = 0;
  #gathering: Uint8Array = NOTHING;
  /** How many of the frame's bytes are gathered. */
  #gathered = 0;

  // From the frame's first byte:
  #scanned = 0;
  #lineStart = 0;
  #colon = -1;
  #headStart = 0;
  #bodyStart = 0;
  /** Of the body, as announced, or NO_LENGTH. */
  #length = NO_LENGTH;
  #previous = 0;
  #hasBackslash = false;

  constructor(limits: StompLimits) {
    this.#limits = limits;
  }

  /** From the next frame on. */
  set version(version: StompVersion) {
    this.frame.version = version;
  }

  push(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.#base = this.#phase === BETWEEN ? 0 : -this.#gathered;
  }

  /** Is there another whole frame? It is in `frame` then. */
  next(): boolean {
    if (this.fault !== null) return false;
    try {
      if (this.#phase === BETWEEN && !this.#begin()) return false;
      if (this.#phase === HEAD && !this.#scanHead()) return this.#keep();
      return this.#scanBody() || this.#keep();
    } catch (error) {
      if (!(error instanceof StompError)) throw error;
      this.fault = error;
      return false;
    }
  }

  /** Lets go of the chunk, whose memory belongs to the socket. Call when `next` has answered false. */
  letGo(): void {
    this.#chunk = NOTHING;
    this.#base = 0;
    if (this.#phase !== BETWEEN) return;
    this.frame.bytes = NOTHING;
    if (this.#gathering.length > GATHERING_BYTES_KEPT) this.#gathering = NOTHING;
  }

  #begin(): boolean {
    const chunk = this.#chunk;
    let at = this.#base;
    while (chunk[at] === LINE_FEED || chunk[at] === CARRIAGE_RETURN) at++;
    this.#base = at;
    if (at >= chunk.length) return false;
    this.#phase = HEAD;
    this.#gathered = 0;
    this.#scanned = 0;
    this.#lineStart = 0;
    this.#colon = -1;
    this.#headStart = 0;
    this.#previous = 0;
    this.#hasBackslash = false;
    this.frame.begin();
    return true;
  }

  #scanHead(): boolean {
    const chunk = this.#chunk;
    const base = this.#base;
    for (let at = base + this.#scanned; at < chunk.length; at++) {
      const byte = chunk[at] as number;
      if (byte === COLON) {
        if (this.#colon < 0) this.#colon = at - base;
      } else if (byte === LINE_FEED) {
        if (this.#endLine(at - base)) {
          this.#endHead(at - base + 1);
          return true;
        }
      } else if (byte === BACKSLASH) this.#hasBackslash = true;
      else if (byte === NUL) throw new StompError('a NUL among the headers: is an empty line missing?');
      this.#previous = byte;
    }
    this.#scanned = chunk.length - base;
    this.#checkLine(this.#scanned);
    return false;
  }

  /** The line before the line feed at `end`; true for the empty one that ends the head. */
  #endLine(end: number): boolean {
    this.#checkLine(end);
    const start = this.#lineStart;
    const isReturned = this.#previous === CARRIAGE_RETURN && end > start;
    this.#lineStart = end + 1;
    if (start === 0) {
      this.frame.setCommand(isReturned ? end - 1 : end);
      this.#headStart = end + 1;
    } else if (end === start || (isReturned && end === start + 1)) {
      return true;
    } else this.#addHeader(start, isReturned && this.#stripsReturns ? end - 1 : end);
    this.#colon = -1;
    return false;
  }

  /** In 1.0 and 1.1 a carriage return belongs to the value. Before the version is known it does not. */
  get #stripsReturns(): boolean {
    const { version } = this.frame;
    return version === null || version === '1.2';
  }

  #addHeader(start: number, end: number): void {
    const { headersMax } = this.#limits;
    if (this.frame.headerCount >= headersMax) throw new StompError(`more than ${headersMax} headers`);
    if (this.#colon < 0) throw new StompError('a header without a colon');
    if (this.#colon === start) throw new StompError('a header without a name');
    this.frame.addHeader(start, this.#colon, end);
  }

  #checkLine(end: number): void {
    const { lineBytesMax, headBytesMax } = this.#limits;
    if (end - this.#lineStart > lineBytesMax) throw new StompError(`a line of more than ${lineBytesMax} bytes`);
    if (end > headBytesMax) throw new StompError(`headers of more than ${headBytesMax} bytes`);
  }

  #endHead(end: number): void {
    const headEnd = this.#previous === CARRIAGE_RETURN ? end - 2 : end - 1;
    if (this.#base < 0) this.#gather(end);
    this.#show();
    this.frame.settleHead(this.#headStart, headEnd, this.#hasBackslash);
    this.#bodyStart = end;
    this.#scanned = end;
    this.#length = this.#announced();
    this.#phase = BODY;
  }

  #announced(): number {
    const text = this.frame.header('content-length');
    if (text === null) return NO_LENGTH;
    const digits = text.trim();
    for (let at = 0; at < digits.length; at++) {
      const code = digits.charCodeAt(at);
      if (code < 48 || code > 57) throw new StompError('content-length is not a number');
    }
    if (digits === '' || digits.length > LENGTH_DIGITS_MAX) throw new StompError('content-length is not a number');
    const length = Number(digits);
    this.#checkBody(length);
    return length;
  }

  #checkBody(length: number): void {
    const { bodyBytesMax } = this.#limits;
    if (length > bodyBytesMax) throw new StompError(`a body of more than ${bodyBytesMax} bytes`);
  }

  #scanBody(): boolean {
    const chunk = this.#chunk;
    const base = this.#base;
    const arrived = chunk.length - base;
    let end: number;
    if (this.#length !== NO_LENGTH) {
      end = this.#bodyStart + this.#length;
      if (arrived <= end) return false;
      if (chunk[base + end] !== NUL) throw new StompError('a body that goes on after its content-length');
    } else {
      const found = chunk.indexOf(NUL, base + this.#scanned);
      end = found < 0 ? arrived : found - base;
      this.#scanned = end;
      this.#checkBody(end - this.#bodyStart);
      if (found < 0) return false;
    }
    this.#complete(end);
    return true;
  }

  /** The NUL is at `end`. */
  #complete(end: number): void {
    const { frame } = this;
    if (this.#base < 0) this.#gather(end + 1);
    const origin = this.#show();
    frame.bodyStart = origin + this.#bodyStart;
    frame.bodyEnd = origin + end;
    frame.hasLength = this.#length !== NO_LENGTH;
    this.#base += end + 1;
    this.#gathered = 0;
    this.#phase = BETWEEN;
  }

  /** Places the frame where it lies as far as it has been looked at, and says where it begins there. */
  #show(): number {
    const isGathered = this.#gathered > 0;
    const origin = isGathered ? 0 : this.#base;
    this.frame.place(isGathered ? this.#gathering : this.#chunk, origin);
    return origin;
  }

  /** Keeps what there is of a split frame. */
  #keep(): false {
    this.#gather(this.#chunk.length - this.#base);
    this.#base = -this.#gathered;
    this.#chunk = NOTHING;
    return false;
  }

  /** Gathers the frame's bytes up to `end`. */
  #gather(end: number): void {
    const from = this.#gathered;
    if (end <= from) return;
    if (end > this.#gathering.length) {
      const grown = new Uint8Array(Math.max(GATHERING_BYTES_MIN, end, Math.min(end * 2, this.#bytesMax)));
      copyBytes(this.#gathering, 0, from, grown, 0);
      this.#gathering = grown;
    }
    copyBytes(this.#chunk, this.#base + from, this.#base + end, this.#gathering, from);
    this.#gathered = end;
  }

  get #bytesMax(): number {
    return this.#limits.headBytesMax + this.#limits.bodyBytesMax + 1;
  }
}
