/**
 * Unsigned variable-length integers: seven bits a byte, the lowest first, the top bit says that another byte follows.
 *
 *     300 = 0b10_0101100   ->   1010_1100 0000_0010
 *
 * This is the writing side. Readers differ in what they say about a number that never ends, so each has its own.
 * Values are integers from 0 to 2^53 - 1; above 31 bits the arithmetic is done without shifts.
 */
const SHIFTABLE = 0x8000_0000;

/** How many bytes `value` takes. */
export function uvarintBytes(value: number): number {
  let bytes = 1;
  while (value >= 128) {
    value = value < SHIFTABLE ? value >>> 7 : Math.floor(value / 128);
    bytes++;
  }
  return bytes;
}

/** Writes `value` at `at` and says where the next byte goes. */
export function writeUvarint(target: Uint8Array, at: number, value: number): number {
  while (value >= SHIFTABLE) {
    target[at++] = (value % 128) + 128;
    value = Math.floor(value / 128);
  }
  while (value >= 128) {
    target[at++] = (value & 127) | 128;
    value >>>= 7;
  }
  target[at++] = value;
  return at;
}

/** Signed numbers as unsigned ones, small magnitudes first: 0, -1, 1, -2, ... become 0, 1, 2, 3, ... */
export function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}
