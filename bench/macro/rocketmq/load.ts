/**
 * One run of one workload of our own generator against a broker that runs already, in a process of its own. Prints one
 * line of JSON, a `LoadResult`.
 *
 *     node load.ts '{"workload":"send-1k","namesrvPort":9876,"pids":[123],"seconds":3,"warmupSeconds":2,"messages":0}'
 */

import { sleep } from '../clock.ts';
import { answerWith } from '../generator.ts';
import { Histogram } from '../histogram.ts';
import { meter, type Phase } from '../meter.ts';
import { type Usage, usageOf } from '../usage.ts';
import { createTopic, messagesIn } from './caller.ts';
import { Flood, type Kind } from './flood.ts';
import { workloadNamed } from './workloads.ts';

export interface LoadRequest {
  workload: string;
  namesrvPort: number;
  /** Roots of the broker's process trees. */
  pids: readonly number[];
  seconds: number;
  warmupSeconds: number;
  /** Of what is pending. */
  messages: number;
}

export interface LoadResult {
  phase?: Phase;
  /** Of what is pending: memory before the first and after the last, and how long they took. */
  pending?: { messages: number; seconds: number; before: Usage; after: Usage };
  /** What there is to say beside the rate. */
  said?: string;
}

const QUEUES = 4;
const POLL_MS = 20;
const ANSWERED_LIMIT_MS = 30_000;
/** For what was answered to be in the topic: the original tells consumers a little later. */
const DELIVERED_LIMIT_MS = 30_000;
/** For what a broker still has to write, collect and sort after the last answer. */
const SETTLE_MS = 5000;

export async function runLoad(request: LoadRequest): Promise<LoadResult> {
  const { kind, pending, bodyBytes, window } = workloadNamed(request.workload);
  const topic = `bench-${request.workload}-${process.pid}`;
  const port = await createTopic(request.namesrvPort, topic, QUEUES);
  const latencies = new Histogram();
  const flooded: Kind = pending ?? (kind === 'transaction' ? 'transaction' : 'send');
  const flood = await Flood.open(port, { kind: flooded, topic, queues: QUEUES, bodyBytes, window }, latencies);
  const result = await (pending === undefined ? timed(flood, latencies, request) : fill(flood, request));
  if (pending === undefined) await allThere(flood, port, topic);
  flood.close();
  return result;
}

async function timed(flood: Flood, latencies: Histogram, request: LoadRequest): Promise<LoadResult> {
  const { pids, seconds, warmupSeconds } = request;
  flood.allowance = () => Number.POSITIVE_INFINITY;
  flood.fill();
  await rest(flood, warmupSeconds * 1000);
  const phase = await meter({ pids, seconds, count: () => flood.confirmed, latencies, failed: flood.failed });
  await stop(flood);
  return { phase, said: flood.refused === 0 ? '' : `too busy for ${flood.refused}` };
}

async function fill(flood: Flood, { pids, messages }: LoadRequest): Promise<LoadResult> {
  const before = usageOf(pids);
  const startedAt = performance.now();
  flood.allowance = () => messages - (flood.sent - flood.refused);
  flood.fill();
  while (flood.confirmed < messages) await rest(flood, POLL_MS);
  const seconds = (performance.now() - startedAt) / 1000;
  await rest(flood, SETTLE_MS);
  return { pending: { messages: flood.confirmed, seconds, before, after: usageOf(pids) } };
}

async function stop(flood: Flood): Promise<void> {
  flood.allowance = () => 0;
  const until = performance.now() + ANSWERED_LIMIT_MS;
  while (flood.unanswered > 0) {
    if (performance.now() > until) throw new Error(`${flood.unanswered} sends are not answered`);
    await rest(flood, POLL_MS);
  }
}

/** As many messages are in the topic as were confirmed, or committed: none is lost and none is there twice. */
async function allThere(flood: Flood, port: number, topic: string): Promise<void> {
  const until = performance.now() + DELIVERED_LIMIT_MS;
  for (;;) {
    const found = await messagesIn(port, topic, QUEUES);
    if (found === flood.confirmed) break;
    const late = performance.now() > until;
    if (late || found > flood.confirmed) throw new Error(`${found} messages are there, not ${flood.confirmed}`);
    await rest(flood, POLL_MS);
  }
  await rest(flood, POLL_MS);
  const found = await messagesIn(port, topic, QUEUES);
  if (found !== flood.confirmed) throw new Error(`${found} messages are there in the end, not ${flood.confirmed}`);
}

const rest = (flood: Flood, ms: number): Promise<void> => Promise.race([sleep(ms), flood.failed]);

if (import.meta.main) await answerWith(runLoad);
