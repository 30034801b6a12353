/**
 * Waits until the system has written out what earlier runs left in the page cache: a sync would wait for that too, and
 * a latency measured meanwhile would be the last run's.
 */

import { readFileSync } from 'node:fs';
import { sleep } from './clock.ts';

const QUIET_KIB = 64 * 1024;
const PATIENCE_MS = 10_000;
const PAUSE_MS = 100;

/** Gives up after ten seconds: somebody else may be writing. */
export async function quietDisk(): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  while (unwrittenKib() > QUIET_KIB && performance.now() < until) await sleep(PAUSE_MS);
}

function unwrittenKib(): number {
  try {
    const lines = readFileSync('/proc/meminfo', 'latin1').matchAll(/^(?:Dirty|Writeback): +(\d+) kB$/gm);
    return [...lines].reduce((total, [, kib]) => total + Number(kib), 0);
  } catch {
    return 0;
  }
}
