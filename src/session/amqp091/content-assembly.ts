/**
 * ContentAssembly: gathers one message whose frames do not lie together in a chunk.
 *
 *     idle ──publish──▶ header ──size > 0──▶ body ──all of it──▶ complete
 *                         └──────size 0───────────────────────────▶ complete
 *
 * What is gathered is the payload in its stored form. The announced size is checked before anything is allocated, and
 * the buffer grows with what has arrived. A frame that is not the one expected is an error of the connection.
 */
import { copyBytes } from '../../bytes/copy.ts';
import { CLASS_BASIC, FRAME_BODY, FRAME_END } from '../../wire/amqp091/constants.ts';
import { writeFrameHead } from '../../wire/amqp091/framer.ts';
import { HeaderScan } from '../../wire/amqp091/properties.ts';
import { refuse } from './errors.ts';

/** Messages of the largest size that may be unfinished at a time. */
const LARGEST_AT_A_TIME = 4;

/** What the unfinished contents of all channels of a connection take together, and may take. */
export class AssemblyBudget {
  bytes = 0;
  readonly bytesMax: number;

  constructor(entryBytesMax: number) {
    this.bytesMax = LARGEST_AT_A_TIME * entryBytesMax;
  }
}

const GROWTH_BYTES_MIN = 4096;
const NOTHING = new Uint8Array(0);

export class ContentAssembly {
  phase: 'idle' | 'header' | 'body' = 'idle';
  bytes: Uint8Array = NOTHING;
  length = 0;
  namesLength = 0;
  /** The bits of the publish: mandatory, immediate. */
  bits = 0;
  readonly scan = new HeaderScan();

  readonly #bodyBytesMax: number;
  readonly #budget: AssemblyBudget;
  #remaining = 0;
  /** The length of the complete payload, once it is known. */
  #whole = 0;

  constructor(bodyBytesMax: number, budget: AssemblyBudget) {
    this.#bodyBytesMax = bodyBytesMax;
    this.#budget = budget;
  }

  /** The publish method came: its two names, as they are on the wire. */
  begin(bytes: Uint8Array, namesAt: number, namesEnd: number, bits: number): void {
    this.phase = 'header';
    this.bits = bits;
    this.length = 0;
    this.#append(bytes, namesAt, namesEnd);
    this.#appendOctet(FRAME_END);
    this.namesLength = this.length - 1;
  }

  /** The payload of a header frame; true if the message is complete with it. */
  header(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.phase !== 'header') throw refuse.unexpectedFrame('expected method frame, got non method frame instead');
    const from = this.length;
    const total = end - start + 8;
    this.#room(total);
    // The frame as it came, its head and end octet included; `start` and `end` are those of its payload.
    copyBytes(bytes, start - 7, end + 1, this.bytes, from);
    this.length = from + total;
    this.scan.scan(this.bytes, from + 7, from + total - 1);
    if (this.scan.classId !== CLASS_BASIC) {
      throw refuse.unexpectedFrame(
        `expected content header for class ${CLASS_BASIC}, got one for class ${this.scan.classId} instead`,
      );
    }
    const size = this.scan.bodyBytes;
    if (size > this.#bodyBytesMax) throw refuse.bodyTooLarge(size, this.#bodyBytesMax);
    if (size === 0) return true;
    this.#room(7);
    writeFrameHead(this.bytes, this.length, FRAME_BODY, 0, size);
    this.length += 7;
    this.#remaining = size;
    this.#whole = this.length + size;
    this.phase = 'body';
    return false;
  }

  /** The payload of a body frame; true if it was the last. */
  body(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.phase !== 'body') {
      throw refuse.unexpectedFrame(
        this.phase === 'header'
          ? `expected content header for class ${CLASS_BASIC}, got non content header frame instead`
          : 'expected method frame, got non method frame instead',
      );
    }
    if (end - start > this.#remaining) {
      throw refuse.unexpectedFrame(`content body is ${end - start - this.#remaining} bytes longer than announced`);
    }
    this.#append(bytes, start, end);
    this.#remaining -= end - start;
    return this.#remaining === 0;
  }

  /** A method frame came; that is an error in the middle of a content. */
  interrupted(): void {
    if (this.phase === 'idle') return;
    throw refuse.unexpectedFrame(
      this.phase === 'header'
        ? `expected content header for class ${CLASS_BASIC}, got non content header frame instead`
        : 'expected content body, got non content body frame instead',
    );
  }

  clear(): void {
    this.phase = 'idle';
    this.#budget.bytes -= this.bytes.length;
    this.bytes = NOTHING;
    this.length = 0;
    this.#whole = 0;
    this.#remaining = 0;
  }

  #append(bytes: Uint8Array, from: number, to: number): void {
    this.#room(to - from);
    copyBytes(bytes, from, to, this.bytes, this.length);
    this.length += to - from;
  }

  #appendOctet(octet: number): void {
    this.#room(1);
    this.bytes[this.length++] = octet;
  }

  #room(more: number): void {
    const needed = this.length + more;
    if (needed <= this.bytes.length) return;
    const budget = this.#budget;
    const length = Math.max(needed, Math.min(this.bytes.length * 2, this.#whole), GROWTH_BYTES_MIN);
    const bytes = budget.bytes + length - this.bytes.length;
    if (bytes > budget.bytesMax) throw refuse.tooMuchUnfinished(budget.bytesMax);
    budget.bytes = bytes;
    const grown = new Uint8Array(length);
    copyBytes(this.bytes, 0, this.length, grown, 0);
    this.bytes = grown;
  }
}
