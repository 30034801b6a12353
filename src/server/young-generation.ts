/**
 * YoungGeneration: keeps V8's space for young objects from growing far beyond what it is good for.
 *
 * V8 doubles that space whenever a capacity's worth of objects has survived since it last did so, however long that
 * took. So every busy process arrives at its maximum, 64 MiB and more, after minutes: memory that looks as if it grew
 * with the queue. From 16 MiB on more does not make the broker faster (docs/decisions/0008-young-generation.md).
 *
 *   collection ──▶ space below the bound: may double, as V8 would do
 *              └─▶ at or above it: may not; V8 itself shrinks it after a quiet time
 *
 * Only the command line does this. A broker that is embedded leaves its host's machine alone; there
 * `--max-semi-space-size=8` does the same.
 */
import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

const BYTES_MAX = 16 * 1024 * 1024;

/** To be called once, when the process has something better to do than to start. */
export function boundYoungGeneration(): void {
  let growing = true;
  new PerformanceObserver(() => {
    const space = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
    const mayGrow = space === undefined || space.space_size < BYTES_MAX;
    if (mayGrow === growing) return;
    growing = mayGrow;
    // Read by V8 each time that it is about to grow the space.
    setFlagsFromString(`--semi-space-growth-factor=${growing ? 2 : 1}`);
  }).observe({ entryTypes: ['gc'] });
}
