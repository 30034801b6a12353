/**
 * Upper-case hexadecimal digits, in which RocketMQ writes message ids, to and from bytes at an offset.
 */
const DIGITS = Uint8Array.from('0123456789ABCDEF', (digit) => digit.charCodeAt(0));

/** Writes `bytes` and says where the next byte goes. */
export function writeHex(target: Uint8Array, at: number, bytes: Uint8Array): number {
  for (const byte of bytes) {
    target[at++] = DIGITS[byte >>> 4] as number;
    target[at++] = DIGITS[byte & 15] as number;
  }
  return at;
}

/** Writes the 32 bits of `value`. */
export function writeHexU32(target: Uint8Array, at: number, value: number): number {
  for (let shift = 28; shift >= 0; shift -= 4) target[at++] = DIGITS[(value >>> shift) & 15] as number;
  return at;
}

/** Writes 64 bits; `value` may be negative. */
export function writeHexU64(target: Uint8Array, at: number, value: number): number {
  const high = Math.floor(value / 0x1_0000_0000);
  writeHexU32(target, at, high);
  return writeHexU32(target, at + 8, value - high * 0x1_0000_0000);
}

/** The bytes that the text stands for, or null if it stands for none. */
export function bytesOfHex(text: string): Uint8Array | null {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return null;
  return Uint8Array.from({ length: text.length / 2 }, (_, index) =>
    Number.parseInt(text.slice(index * 2, index * 2 + 2), 16),
  );
}
