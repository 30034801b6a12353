/**
 * The head of a frame: flags and size, the size in one byte up to 255 and in eight beyond.
 */
import { writeU64 } from '../../bytes/numbers.ts';
import { FLAG_LONG, LONG_HEAD_BYTES, SHORT_BODY_BYTES_MAX, SHORT_HEAD_BYTES } from './constants.ts';

export function frameHeadBytes(bodyBytes: number): number {
  return bodyBytes > SHORT_BODY_BYTES_MAX ? LONG_HEAD_BYTES : SHORT_HEAD_BYTES;
}

/** Writes the head and says where the body goes. */
export function writeFrameHead(target: Uint8Array, at: number, flags: number, bodyBytes: number): number {
  if (bodyBytes <= SHORT_BODY_BYTES_MAX) {
    target[at] = flags;
    target[at + 1] = bodyBytes;
    return at + SHORT_HEAD_BYTES;
  }
  target[at] = flags | FLAG_LONG;
  writeU64(target, at + 1, bodyBytes);
  return at + LONG_HEAD_BYTES;
}
