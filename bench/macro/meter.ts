/**
 * Counts messages between two moments, and what they cost: the broker's processor time and memory, and our own time.
 */

import { nowUs, sleep } from './clock.ts';
import type { Histogram } from './histogram.ts';
import { usageOf } from './usage.ts';

export interface Phase {
  seconds: number;
  messages: number;
  rate: number;
  /** Missing (null in JSON) where nothing was timed. */
  p50Us: number;
  p99Us: number;
  cpuUsPerMessage: number;
  brokerCores: number;
  clientCores: number;
  rssMaxBytes: number;
}

const SAMPLE_MS = 250;

export interface Metered {
  pids: readonly number[];
  seconds: number;
  count: () => number;
  latencies: Histogram;
  /** Rejects when the load can't go on. */
  failed: Promise<never>;
}

export async function meter({ pids, seconds, count, latencies, failed }: Metered): Promise<Phase> {
  const totals = () => ({ atUs: nowUs(), count: count(), cpuMs: usageOf(pids).cpuMs, own: process.cpuUsage() });
  latencies.reset();
  const from = totals();
  const untilUs = from.atUs + seconds * 1e6;
  let rssMaxBytes = 0;
  for (;;) {
    rssMaxBytes = Math.max(rssMaxBytes, usageOf(pids).rssBytes);
    const leftMs = (untilUs - nowUs()) / 1000;
    if (leftMs <= 0) break;
    await Promise.race([sleep(Math.min(leftMs, SAMPLE_MS)), failed]);
  }
  const to = totals();
  const took = (to.atUs - from.atUs) / 1e6;
  const messages = to.count - from.count;
  const cpuMs = to.cpuMs - from.cpuMs;
  const ownUs = to.own.user - from.own.user + to.own.system - from.own.system;
  return {
    seconds: took,
    messages,
    rate: messages / took,
    p50Us: latencies.percentile(0.5),
    p99Us: latencies.percentile(0.99),
    cpuUsPerMessage: (cpuMs * 1000) / messages,
    brokerCores: cpuMs / 1000 / took,
    clientCores: ownUs / 1e6 / took,
    rssMaxBytes,
  };
}
