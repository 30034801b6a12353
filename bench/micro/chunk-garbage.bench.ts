/**
 * Does collecting the young generation every 4 MiB of received chunks pay? Each case allocates chunks as a socket does.
 */

import { ChunkGarbage } from '../../src/server/chunk-garbage.ts';
import type { MicroBench, MicroCase } from './measure.ts';

const CHUNK_BYTES = 64 * 1024;

/** What else is on the heap and has to be marked: about as much as a broker with some thousand queues has. */
const heap = Array.from({ length: 200_000 }, (_, index) => ({ index, name: `queue ${index}` }));

function receive(iterations: number, done: (bytes: number) => void): number {
  let sum = heap.length;
  for (let i = 0; i < iterations; i++) {
    const chunk = Buffer.from(new ArrayBuffer(CHUNK_BYTES));
    sum += chunk.length;
    done(chunk.length);
  }
  return sum;
}

export default {
  question: 'a chunk of 64 KiB, received and forgotten: by V8 alone, or with a minor collection every 4 MiB?',
  cases: [
    { group: '64 KiB', name: 'V8 alone', run: (iterations) => receive(iterations, () => {}) },
    {
      group: '64 KiB',
      name: 'minor collections',
      run: (() => {
        const garbage = new ChunkGarbage();
        return (iterations: number) => receive(iterations, (bytes) => garbage.add(bytes));
      })(),
    },
  ] satisfies MicroCase[],
} satisfies MicroBench;
