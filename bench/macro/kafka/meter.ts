/**
 * Counts records between two moments, and what they cost: the broker's processor time and memory, and our own time. A
 * generator near one core is the limit itself.
 */

import { nowUs } from '../clock.ts';
import type { Histogram } from '../histogram.ts';
import { treeUsage } from '../process-tree.ts';

export interface Phase {
  seconds: number;
  records: number;
  rate: number;
  /** Missing (null in JSON) where nothing was timed. */
  latencyUs: Percentiles;
  cpuUsPerMessage: number;
  brokerCores: number;
  clientCores: number;
  rssMaxBytes: number;
}

export interface Percentiles {
  p50: number;
  p99: number;
  p999: number;
}

const SAMPLE_MS = 250;

/** Meters `seconds` of what `count` counts; `rest` waits, and fails when a connection does. */
export async function meter(
  pid: number,
  seconds: number,
  count: () => number,
  latencies: Histogram | undefined,
  rest: (ms: number) => Promise<void>,
  ended: () => boolean = () => false,
): Promise<Phase> {
  const totals = () => ({ atUs: nowUs(), count: count(), cpuMs: treeUsage(pid).cpuMs, own: process.cpuUsage() });
  latencies?.reset();
  const from = totals();
  const untilUs = from.atUs + seconds * 1e6;
  let rssMaxBytes = 0;
  for (;;) {
    rssMaxBytes = Math.max(rssMaxBytes, treeUsage(pid).rssBytes);
    const leftMs = (untilUs - nowUs()) / 1000;
    if (leftMs <= 0 || ended()) break;
    await rest(Math.min(leftMs, SAMPLE_MS));
  }
  const to = totals();
  const took = (to.atUs - from.atUs) / 1e6;
  const records = to.count - from.count;
  const cpuMs = to.cpuMs - from.cpuMs;
  const ownUs = to.own.user - from.own.user + to.own.system - from.own.system;
  return {
    seconds: took,
    records,
    rate: records / took,
    latencyUs: percentiles(latencies),
    cpuUsPerMessage: (cpuMs * 1000) / records,
    brokerCores: cpuMs / 1000 / took,
    clientCores: ownUs / 1e6 / took,
    rssMaxBytes,
  };
}

export const percentiles = (histogram: Histogram | undefined): Percentiles => ({
  p50: histogram?.percentile(0.5) ?? Number.NaN,
  p99: histogram?.percentile(0.99) ?? Number.NaN,
  p999: histogram?.percentile(0.999) ?? Number.NaN,
});
