/**
 * Frame: a look at one frame where it lies, in the chunk or in the framer's buffer. There is one for each connection;
 * it is valid until the framer goes on.
 *
 * Nothing is decoded that nobody asks for. A header that is there more than once counts by its first occurrence,
 * which is how a broker on the way puts its own in front.
 */
import { readText } from '../../bytes/text.ts';
import { checkEscapes, readEscaped } from './escapes.ts';
import { COLON, COMMANDS, type Command, hasEscapes, SPACE, type StompVersion } from './protocol.ts';

const NOTHING = new Uint8Array(0);
/** Where a name begins, where its colon is, where the value ends. */
const MARKS = 3;

export class Frame {
  /** What the frame lies in. */
  bytes: Uint8Array = NOTHING;
  /** Null for what is no command of STOMP. */
  command: Command | null = null;
  /** The header lines are `bytes[headStart, headEnd)`, each with its line end, as they came. */
  headStart = 0;
  headEnd = 0;
  /** The body is `bytes[bodyStart, bodyEnd)`. */
  bodyStart = 0;
  bodyEnd = 0;
  /** The body's length was given, so it may be anything; else it is text that NUL ended. */
  hasLength = false;
  /** The version that was agreed on; null before that. */
  version: StompVersion | null = null;
  headerCount = 0;

  /** From the frame's first byte. */
  readonly #marks: number[] = [];
  /** Where the frame begins in `bytes`. */
  #origin = 0;
  #commandEnd = 0;
  #hasEscapes = false;

  /** The command as it was sent, for the error text. */
  get commandText(): string {
    return readText(this.bytes, this.#origin, this.#origin + this.#commandEnd);
  }

  headerName(index: number): string {
    const marks = this.#marks;
    return this.#text(marks[index * MARKS] as number, marks[index * MARKS + 1] as number);
  }

  headerValue(index: number): string {
    const marks = this.#marks;
    return this.#text((marks[index * MARKS + 1] as number) + 1, marks[index * MARKS + 2] as number);
  }

  /** Which header has that name, or -1. The name is ASCII and has nothing to escape. */
  find(name: string): number {
    for (let index = 0; index < this.headerCount; index++) if (this.#isNamed(index, name)) return index;
    return -1;
  }

  header(name: string): string | null {
    const index = this.find(name);
    return index < 0 ? null : this.headerValue(index);
  }

  /** The framer begins with a new frame. */
  begin(): void {
    this.headerCount = 0;
    this.#commandEnd = 0;
    this.hasLength = false;
  }

  /** The framer has seen the first line. */
  setCommand(end: number): void {
    this.#commandEnd = end;
  }

  addHeader(start: number, colon: number, end: number): void {
    const at = this.headerCount++ * MARKS;
    this.#marks[at] = start;
    this.#marks[at + 1] = colon;
    this.#marks[at + 2] = end;
  }

  /** The head is complete and placed; `mayEscape` if there was a backslash in it. */
  settleHead(headStart: number, headEnd: number, mayEscape: boolean): void {
    this.headStart = this.#origin + headStart;
    this.headEnd = this.#origin + headEnd;
    this.command = commandAt(this.bytes, this.#origin, this.#commandEnd);
    this.#hasEscapes = mayEscape && hasEscapes(this.command, this.version);
    if (!this.#hasEscapes) return;
    checkEscapes(this.bytes, this.headStart, this.headEnd, this.version as StompVersion);
  }

  /** Where the frame lies, and again where it lies now, because it was gathered. */
  place(bytes: Uint8Array, origin: number): void {
    const moved = origin - this.#origin;
    this.bytes = bytes;
    this.#origin = origin;
    this.headStart += moved;
    this.headEnd += moved;
  }

  /** Clients of 1.0 put spaces behind their colons. */
  get #trims(): boolean {
    return this.version === '1.0' || (this.version === null && this.find('accept-version') < 0);
  }

  #text(start: number, end: number): string {
    const { bytes } = this;
    let from = this.#origin + start;
    let to = this.#origin + end;
    if (this.#hasEscapes) return readEscaped(bytes, from, to, this.version as StompVersion);
    if ((bytes[from] === SPACE || bytes[to - 1] === SPACE) && this.#trims) {
      while (from < to && bytes[from] === SPACE) from++;
      while (from < to && bytes[to - 1] === SPACE) to--;
    }
    return readText(bytes, from, to);
  }

  #isNamed(index: number, name: string): boolean {
    const at = this.#origin + (this.#marks[index * MARKS] as number);
    const { bytes } = this;
    for (let character = 0; character < name.length; character++) {
      if (bytes[at + character] !== name.charCodeAt(character)) return false;
    }
    return bytes[at + name.length] === COLON;
  }
}

/** The command in `bytes[start, start + length)`, without making a string of it. */
function commandAt(bytes: Uint8Array, start: number, length: number): Command | null {
  for (const command of COMMANDS) {
    if (command.length !== length) continue;
    let same = 0;
    while (same < length && bytes[start + same] === command.charCodeAt(same)) same++;
    if (same === length) return command;
  }
  return null;
}
