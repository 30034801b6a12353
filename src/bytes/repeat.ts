/**
 * The one step that all compression of Lempel and Ziv's kind is undone by: again what stood here before.
 *
 *     repeatBytes(target, 3, 3, 7)     abc.......  ->  abcabcabca
 */
import { copyBytes } from './copy.ts';

/**
 * Copies `length` bytes to `at` from `distance` bytes before it. Where the two overlap, what was just written is copied
 * on. The caller has checked that all is inside of the target.
 */
export function repeatBytes(target: Uint8Array, at: number, distance: number, length: number): void {
  if (distance >= length) {
    copyBytes(target, at - distance, at - distance + length, target, at);
    return;
  }
  for (let index = at; index < at + length; index++) target[index] = target[index - distance] as number;
}
