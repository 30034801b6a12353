/**
 * Deliveries: from a stored payload to frames in the connection's out-slab.
 *
 *     prefix     01 ch len 003C003C [consumer tag]          pre-encoded when the consumer was made
 *     payload    [exchange][key] CE [02 ch len ... CE][03 ch len][body ....]          as stored, one copy
 *     out        prefix | tag u64 | redelivered | payload | CE
 *                    ^ length patched               ^ ch  ^ ch patched
 *
 * That is the fast road, for a message that was published over AMQP and whose body fits the consumer's frames. A
 * larger body is split by `writeContent`; a message of another format, or one with an overlay, comes as a payload
 * made for the occasion.
 */
import { copyBytes } from '../../bytes/copy.ts';
import { readU32, writeU32 } from '../../bytes/numbers.ts';
import { SLAB_BYTES, type SlabWriter } from '../../bytes/slab-writer.ts';
import { FRAME_BODY, FRAME_END, FRAME_HEAD_BYTES, FRAME_OVERHEAD_BYTES } from '../../wire/amqp091/constants.ts';
import { writeFrameHead } from '../../wire/amqp091/framer.ts';
import { encodeMethod } from '../../wire/amqp091/methods.ts';

/** Tag and redelivered. */
const AFTER_PREFIX_BYTES = 9;

/** Everything of basic.deliver before the delivery tag, with room for the length. */
export function deliverPrefix(channel: number, consumerTag: string): Uint8Array {
  const whole = encodeMethod(channel, 'basic.deliver', {
    consumerTag,
    deliveryTag: 0,
    redelivered: false,
    exchange: '',
    routingKey: '',
  });
  // Behind the tag's text: u64, octet, two empty names, the end octet.
  return whole.slice(0, whole.length - AFTER_PREFIX_BYTES - 3);
}

/** Where the content begins in a payload: the header frame, one past the 0xCE behind the names. */
export function contentAt(bytes: Uint8Array, start: number): number {
  const keyAt = start + 1 + (bytes[start] as number);
  return keyAt + 2 + (bytes[keyAt] as number);
}

/** Writes one basic.deliver with its content. `[start, end)` of `bytes` is a stored payload. */
export function writeDelivery(
  out: SlabWriter,
  prefix: Uint8Array,
  channel: number,
  tag: number,
  redelivered: boolean,
  bytes: Uint8Array,
  start: number,
  end: number,
  frameBytesMax: number,
): void {
  const prefixLength = prefix.length;
  const total = prefixLength + AFTER_PREFIX_BYTES + end - start + 1;
  const names = contentAt(bytes, start) - 1 - start;
  if (total > SLAB_BYTES || (frameBytesMax !== 0 && end - start - names > frameBytesMax)) {
    writeInPieces(out, prefix, channel, tag, redelivered, bytes, start, end, frameBytesMax);
    return;
  }
  out.room(total);
  const target = out.bytes;
  let at = out.at;
  out.at = at + total;
  const methodLength = prefixLength - FRAME_HEAD_BYTES + AFTER_PREFIX_BYTES + names;
  copyBytes(prefix, 0, prefixLength, target, at);
  target[at + 3] = 0;
  target[at + 4] = 0;
  target[at + 5] = methodLength >>> 8;
  target[at + 6] = methodLength;
  at += prefixLength;
  const high = (tag / 0x1_0000_0000) | 0;
  target[at] = high >>> 24;
  target[at + 1] = high >>> 16;
  target[at + 2] = high >>> 8;
  target[at + 3] = high;
  target[at + 4] = tag >>> 24;
  target[at + 5] = tag >>> 16;
  target[at + 6] = tag >>> 8;
  target[at + 7] = tag;
  target[at + 8] = redelivered ? 1 : 0;
  at += AFTER_PREFIX_BYTES;
  copyBytes(bytes, start, end, target, at);
  const header = at + names + 1;
  target[header + 1] = channel >>> 8;
  target[header + 2] = channel;
  const last = at + end - start;
  const body = header + FRAME_OVERHEAD_BYTES + readU32(target, header + 3);
  if (body < last) {
    target[body + 1] = channel >>> 8;
    target[body + 2] = channel;
    target[last] = FRAME_END;
  } else out.at = last;
}

/** The same for what does not fit in one slab or in one frame. */
function writeInPieces(
  out: SlabWriter,
  prefix: Uint8Array,
  channel: number,
  tag: number,
  redelivered: boolean,
  bytes: Uint8Array,
  start: number,
  end: number,
  frameBytesMax: number,
): void {
  const content = contentAt(bytes, start);
  const names = content - 1 - start;
  const method = new Uint8Array(prefix.length + AFTER_PREFIX_BYTES + names + 1);
  method.set(prefix);
  writeU32(method, 3, method.length - FRAME_OVERHEAD_BYTES);
  writeU32(method, prefix.length, Math.floor(tag / 0x1_0000_0000));
  writeU32(method, prefix.length + 4, tag % 0x1_0000_0000);
  method[prefix.length + 8] = redelivered ? 1 : 0;
  copyBytes(bytes, start, content - 1, method, prefix.length + AFTER_PREFIX_BYTES);
  method[method.length - 1] = FRAME_END;
  out.append(method);
  writeContent(out, bytes, content, end, channel, frameBytesMax);
}

/** Writes header and body frames of a payload whose header frame begins at `at`; the body is split as needed. */
export function writeContent(
  out: SlabWriter,
  bytes: Uint8Array,
  at: number,
  end: number,
  channel: number,
  frameBytesMax: number,
): void {
  const headerEnd = at + FRAME_OVERHEAD_BYTES + readU32(bytes, at + 3);
  const head = new Uint8Array(FRAME_HEAD_BYTES);
  writeFrameHead(head, 0, bytes[at] as number, channel, headerEnd - at - FRAME_OVERHEAD_BYTES);
  out.append(head);
  out.append(bytes, at + FRAME_HEAD_BYTES, headerEnd);
  const pieceMax = frameBytesMax === 0 ? Number.POSITIVE_INFINITY : frameBytesMax - FRAME_OVERHEAD_BYTES;
  const tail = new Uint8Array([FRAME_END]);
  for (let from = headerEnd + FRAME_HEAD_BYTES; from < end; ) {
    const piece = Math.min(pieceMax, end - from);
    writeFrameHead(head, 0, FRAME_BODY, channel, piece);
    out.append(head);
    out.append(bytes, from, from + piece);
    out.append(tail);
    from += piece;
  }
}
