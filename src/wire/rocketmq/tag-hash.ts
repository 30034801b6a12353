/**
 * The hash by which consume queues tell tags apart: that of Java's String, a sum of UTF-16 units with 31 as the base,
 * modulo 2^32, signed. Clients send the hashes of the tags they want (`codeSet`), so it must be this one.
 */
import { readText } from '../../bytes/text.ts';

export function tagHash(tag: string): number {
  let hash = 0;
  for (let index = 0; index < tag.length; index++) hash = (Math.imul(hash, 31) + tag.charCodeAt(index)) | 0;
  return hash;
}

/** The same of a tag that lies in bytes as UTF-8. */
export function tagHashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte > 0x7f) return tagHash(readText(bytes, start, end));
    hash = (Math.imul(hash, 31) + byte) | 0;
  }
  return hash;
}
