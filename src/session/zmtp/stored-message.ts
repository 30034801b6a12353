/**
 * A message as ZMTP peers' messages are stored: where it was sent to, who wants the reply, and its frames as they are
 * on the wire, so that a ZMTP reader is given them by one copy.
 *
 *     [traits 1][n][exchange][n 2][key][n 2][requester][flags][size][frame] [flags][size][frame] ...
 *                                                      ^ framesAt
 *
 * Bit 0 of the traits says that the key is the first frame's text. `requester` is empty but for a Majordomo client's
 * request: there it is the version of Majordomo that it speaks, and its identity.
 */
import { copyBytes } from '../../bytes/copy.ts';
import { readU16, readU64, writeU16 } from '../../bytes/numbers.ts';
import { readText, textBytes, writeText } from '../../bytes/text.ts';
import type { Message } from '../../core/message.ts';
import { FLAG_LONG, FLAG_MORE, LONG_HEAD_BYTES, SHORT_HEAD_BYTES } from '../../wire/zmtp/constants.ts';
import { frameHeadBytes, writeFrameHead } from '../../wire/zmtp/frame-head.ts';

/** On disk. */
export const ZMTP_FORMAT = 6;

const KEY_IS_FIRST_FRAME = 1;
const NOBODY = new Uint8Array(0);

/** One message on its way in; refilled for each. What it points at is valid until `publish` returns. */
export class Publication implements Message {
  readonly format = ZMTP_FORMAT;
  readonly persistent = true;
  readonly priority = 0;
  readonly count = 1;
  timestamp = 0;
  expiresAt = 0;
  length = 0;
  #exchange = '';
  #exchangeBytes = 0;
  #key = '';
  #keyBytes = 0;
  #keyIsFirstFrame = false;
  #requester: Uint8Array = NOBODY;
  #frames: readonly Uint8Array[] = [];
  #from = 0;

  /** The frames from `from` on, sent to `exchange` with `key`. Names have at most 255 bytes, keys 65,535. */
  point(
    exchange: string,
    key: string,
    keyIsFirstFrame: boolean,
    requester: Uint8Array | null,
    frames: readonly Uint8Array[],
    from: number,
    now: number,
  ): this {
    if (this.#exchange !== exchange) {
      this.#exchange = exchange;
      this.#exchangeBytes = textBytes(exchange);
    }
    if (this.#key !== key) {
      this.#key = key;
      this.#keyBytes = textBytes(key);
    }
    this.#keyIsFirstFrame = keyIsFirstFrame;
    this.#requester = requester ?? NOBODY;
    this.#frames = frames;
    this.#from = from;
    this.timestamp = now;
    this.expiresAt = 0;
    let length = 6 + this.#exchangeBytes + this.#keyBytes + this.#requester.length;
    for (let index = from; index < frames.length; index++) {
      const bodyBytes = (frames[index] as Uint8Array).length;
      length += frameHeadBytes(bodyBytes) + bodyBytes;
    }
    this.length = length;
    return this;
  }

  write(target: Uint8Array, at: number): void {
    target[at] = this.#keyIsFirstFrame ? KEY_IS_FIRST_FRAME : 0;
    target[at + 1] = this.#exchangeBytes;
    at = writeText(target, at + 2, this.#exchange, this.#exchangeBytes);
    writeU16(target, at, this.#keyBytes);
    at = writeText(target, at + 2, this.#key, this.#keyBytes);
    const requester = this.#requester;
    writeU16(target, at, requester.length);
    copyBytes(requester, 0, requester.length, target, at + 2);
    at += 2 + requester.length;
    const frames = this.#frames;
    const last = frames.length - 1;
    for (let index = this.#from; index <= last; index++) {
      const frame = frames[index] as Uint8Array;
      at = writeFrameHead(target, at, index < last ? FLAG_MORE : 0, frame.length);
      copyBytes(frame, 0, frame.length, target, at);
      at += frame.length;
    }
  }
}

/** Where things are in a stored payload; refilled for each. */
export class StoredMessage {
  keyIsFirstFrame = false;
  exchange = '';
  keyAt = 0;
  keyEnd = 0;
  requesterAt = 0;
  /** The end of the requester too. */
  framesAt = 0;
  end = 0;
  bytes: Uint8Array = NOBODY;

  point(bytes: Uint8Array, start: number, end: number): this {
    this.bytes = bytes;
    this.end = end;
    this.keyIsFirstFrame = ((bytes[start] as number) & KEY_IS_FIRST_FRAME) !== 0;
    const exchangeEnd = start + 2 + (bytes[start + 1] as number);
    this.exchange = readText(bytes, start + 2, exchangeEnd);
    this.keyAt = exchangeEnd + 2;
    this.keyEnd = this.keyAt + readU16(bytes, exchangeEnd);
    this.requesterAt = this.keyEnd + 2;
    this.framesAt = this.requesterAt + readU16(bytes, this.keyEnd);
    return this;
  }

  get key(): string {
    return readText(this.bytes, this.keyAt, this.keyEnd);
  }

  /** Views of the frames. */
  frames(): Uint8Array[] {
    return framesIn(this.bytes, this.framesAt, this.end) ?? [];
  }
}

/** The frames of the one message that fills `bytes[at, end)`, as views; null if it is no such thing. */
export function framesIn(bytes: Uint8Array, at: number, end: number): Uint8Array[] | null {
  const frames: Uint8Array[] = [];
  for (let more = true; more; ) {
    if (at + SHORT_HEAD_BYTES > end) return null;
    const flags = bytes[at] as number;
    const isLong = (flags & FLAG_LONG) !== 0;
    if ((flags & ~(FLAG_LONG | FLAG_MORE)) !== 0 || (isLong && at + LONG_HEAD_BYTES > end)) return null;
    const bodyBytes = isLong ? readU64(bytes, at + 1) : (bytes[at + 1] as number);
    at += isLong ? LONG_HEAD_BYTES : SHORT_HEAD_BYTES;
    if (bodyBytes > end - at) return null;
    frames.push(bytes.subarray(at, at + bodyBytes));
    at += bodyBytes;
    more = (flags & FLAG_MORE) !== 0;
  }
  return at === end ? frames : null;
}

/** The frames as on the wire, in one piece. */
export function wireOf(frames: readonly Uint8Array[], from = 0): Uint8Array {
  let length = 0;
  for (let index = from; index < frames.length; index++) {
    const bodyBytes = (frames[index] as Uint8Array).length;
    length += frameHeadBytes(bodyBytes) + bodyBytes;
  }
  const wire = new Uint8Array(length);
  let at = 0;
  for (let index = from; index < frames.length; index++) {
    const frame = frames[index] as Uint8Array;
    at = writeFrameHead(wire, at, index < frames.length - 1 ? FLAG_MORE : 0, frame.length);
    wire.set(frame, at);
    at += frame.length;
  }
  return wire;
}
