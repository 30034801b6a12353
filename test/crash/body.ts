/**
 * Message bodies that carry their own proof: `publisher number length|filler`, the filler cut from one fixed block by
 * the number, so that a byte changed, a body cut short or two bodies mixed up are seen.
 */
import type { MessageId } from './ledger.ts';
import { Random } from './random.ts';

const pool = makePool(1 << 20);

export function encodeBody(id: MessageId, fillerBytes: number): Buffer {
  return Buffer.concat([Buffer.from(`${id.publisher} ${id.number} ${fillerBytes}|`), filler(id, fillerBytes)]);
}

/** The id, or undefined for a body that no publisher made. */
export function decodeBody(body: Buffer): MessageId | undefined {
  const bar = body.indexOf('|');
  const [publisher, number, length] = body.toString('latin1', 0, Math.max(bar, 0)).split(' ');
  if (publisher === undefined || number === undefined || length === undefined) return undefined;
  const id = { publisher, number: Number(number) };
  return body.subarray(bar + 1).equals(filler(id, Number(length))) ? id : undefined;
}

function filler(id: MessageId, bytes: number): Buffer {
  const start = (id.number * 7919) % (pool.length - bytes);
  return pool.subarray(start, start + bytes);
}

function makePool(bytes: number): Buffer {
  const pool = Buffer.alloc(bytes);
  const random = new Random(1);
  for (let at = 0; at < bytes; at += 4) pool.writeUInt32LE(random.between(0, 0xffff_ffff), at);
  return pool;
}
