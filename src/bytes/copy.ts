/**
 * Copying bytes between typed arrays without allocating.
 *
 * `target.set(source.subarray(..))` makes a view object for every copy. Buffer's own copy takes offsets instead, but
 * enters native code, which a handful of bytes does not repay: those are moved by a loop. The border was measured
 * (`bench/micro`): 16 bytes cost 36 ns by loop and 51 ns natively, 64 bytes 83 and 49.
 */
const LOOP_BYTES_MAX = 24;
const nativeCopy = Buffer.prototype.copy as (
  this: Uint8Array,
  target: Uint8Array,
  at: number,
  from: number,
  to: number,
) => number;

/** Copies `source[from, to)` to `target` at `at`; the caller has checked that it fits. */
export function copyBytes(source: Uint8Array, from: number, to: number, target: Uint8Array, at: number): void {
  if (to - from > LOOP_BYTES_MAX) {
    nativeCopy.call(source, target, at, from, to);
    return;
  }
  for (let index = from; index < to; index++) target[at++] = source[index] as number;
}

/** Are `a[aFrom, aFrom + length)` and `b[bFrom, ...)` the same bytes? For short runs such as names. */
export function sameBytes(a: Uint8Array, aFrom: number, b: Uint8Array, bFrom: number, length: number): boolean {
  for (let index = 0; index < length; index++) if (a[aFrom + index] !== b[bFrom + index]) return false;
  return true;
}

/** A copy of `bytes[start, end)` in memory of its own. `slice` is none for a Buffer: there it is a view. */
export function copyOf(bytes: Uint8Array, start = 0, end = bytes.length): Uint8Array {
  return new Uint8Array(bytes.subarray(start, end));
}
