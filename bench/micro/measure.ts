/**
 * How long one call takes, in nanoseconds: the tool under every file of this folder.
 *
 * A case is a function that does its work `iterations` times and returns something that depends on the work, so the
 * compiler can't drop it. The number of iterations is chosen so that a round takes about 20 ms. The fastest round
 * counts: others on the machine can only make it slower.
 */

export interface MicroCase {
  /** Cases of one group answer the question for one input and are compared with each other. */
  group: string;
  name: string;
  run: (iterations: number) => number;
}

export interface MicroBench {
  /** The question this file answers. */
  question: string;
  cases: MicroCase[];
}

const ROUND_MS = 20;
const ROUNDS = 15;

export function measureNs(test: MicroCase): number {
  let iterations = 16;
  while (time(test, iterations) < ROUND_MS) iterations *= 2;
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) best = Math.min(best, time(test, iterations));
  return (best * 1e6) / iterations;
}

/** Takes every result, so that none is unused. */
const sink = new Int32Array(1);

function time(test: MicroCase, iterations: number): number {
  const from = performance.now();
  sink[0]! ^= test.run(iterations);
  return performance.now() - from;
}
