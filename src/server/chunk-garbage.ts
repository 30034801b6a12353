/**
 * ChunkGarbage: has the young generation collected once enough bytes were received.
 *
 * Node makes an ArrayBuffer of 64 KiB for every read of a socket. V8 sees a small object, and the memory behind it only
 * as "external" bytes: it does not collect young objects for it, but when 64 MiB have gathered it marks the whole heap,
 * again and again. A broker that receives 500 MB/s spends more than half of its time so. Collecting the young
 * generation costs half a millisecond, and nearly all chunks are dead by then (bench/micro/chunk-garbage.bench.ts,
 * decision 11).
 *
 * Only the command line does this: it takes a flag of the whole process.
 */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const BYTES_MAX = 4 * 1024 * 1024;

export class ChunkGarbage {
  readonly #collect: (options: { readonly type: 'minor' }) => void;
  #bytes = 0;

  constructor() {
    // The flag shows the function to contexts that are made after it.
    setFlagsFromString('--expose-gc');
    this.#collect = runInNewContext('gc');
  }

  /** A chunk was received and is done with. */
  add(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < BYTES_MAX) return;
    this.#bytes = 0;
    this.#collect({ type: 'minor' });
  }
}
