/**
 * Which of a topic's logs a key belongs to: murmur2 over the key's UTF-8 bytes, the sign bit cleared, modulo the number
 * of logs.
 *
 * Kafka's producers choose so by default, and they choose by themselves. Choosing the same here keeps all messages of
 * one key in one log and in order, whichever protocol their publishers speak.
 */

const SEED = 0x9747b28c;
const M = 0x5bd1e995;

const encoder = new TextEncoder();

/** Deterministic: a key comes to the same log as long as their number stays. */
export function logOfKey(key: string, count: number): number {
  return count === 1 ? 0 : (murmur2(encoder.encode(key)) & 0x7fffffff) % count;
}

/** As a signed 32-bit integer. */
export function murmur2(bytes: Uint8Array): number {
  const { length } = bytes;
  let hash = SEED ^ length;
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    let word = byte(bytes, at) | (byte(bytes, at + 1) << 8) | (byte(bytes, at + 2) << 16) | (byte(bytes, at + 3) << 24);
    word = Math.imul(word, M);
    word = Math.imul(word ^ (word >>> 24), M);
    hash = Math.imul(hash, M) ^ word;
  }
  const rest = length - at;
  if (rest > 2) hash ^= byte(bytes, at + 2) << 16;
  if (rest > 1) hash ^= byte(bytes, at + 1) << 8;
  if (rest > 0) hash = Math.imul(hash ^ byte(bytes, at), M);
  hash = Math.imul(hash ^ (hash >>> 13), M);
  return hash ^ (hash >>> 15);
}

function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] as number;
}
