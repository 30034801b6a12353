/**
 * One run of one workload against a broker that listens already, in a process of its own.
 *
 *     node bench/macro/kafka/load.ts '{"workload":"1k-16","port":9092,"pid":123,"seconds":3,"warmupSeconds":2}'
 *
 * Prints one line of JSON, a `LoadResult`. A run succeeds only if every record that was acknowledged has been delivered
 * once and in order; that is checked after the time that is measured, and for what was sent during the warm-up too.
 */

import { nowUs } from '../clock.ts';
import { answerWith } from '../generator.ts';
import type { Histogram } from '../histogram.ts';
import { treeUsage } from '../process-tree.ts';
import { Accumulator } from './accumulator.ts';
import { Clients, IN_FLIGHT } from './clients.ts';
import { Caller } from './connection.ts';
import { meter, type Percentiles, type Phase, percentiles } from './meter.ts';
import { Flood, Ticker } from './pace.ts';
import { createTopic, deleteTopic, topicServed } from './topic.ts';
import { workloadNamed } from './workloads.ts';

export interface LoadRequest {
  workload: string;
  port: number;
  /** Root of the broker's process tree. */
  pid: number;
  seconds: number;
  warmupSeconds: number;
  /** Records to produce at most; without it, 4 GiB of them. */
  messages?: number;
  /** Whether consumers offer fetch sessions. */
  sessions: boolean;
}

export interface LoadResult {
  /** Of a workload apart. */
  produce?: Phase;
  consume?: Phase;
  /** Of one together: records delivered, latency from end to end. */
  together?: Phase;
  ackUs?: Percentiles;
  /** All records of the run, each delivered at least once and checked. */
  records: number;
  rssAfterBytes: number;
  inSession: boolean;
}

/** Less than what makes Linux hold writers back on a machine of 8 GiB or more. */
const BYTES_MAX = 4 * 2 ** 30;
/** Of a flow at full speed: bytes that may be written and not yet read. */
const AHEAD_BYTES = 64 * 2 ** 20;
const TICK_MS = 1;

export async function runLoad(request: LoadRequest): Promise<LoadResult> {
  const run = new Clients(workloadNamed(request.workload), request.port, request.sessions);
  const admin = await Caller.open(request.port);
  const { kind, partitions } = run.workload;
  await createTopic(admin, run.topic, partitions);
  await topicServed(admin, run.topic, partitions);
  const phases = await (kind === 'apart' ? apart(run, request) : together(run, request));
  const rssAfterBytes = treeUsage(request.pid).rssBytes;
  run.close();
  await deleteTopic(admin, run.topic);
  const inSession = run.consumers.every((consumer) => consumer.inSession);
  return { ...phases, records: run.acknowledged, rssAfterBytes, inSession };
}

const recordsMax = ({ messages, workload }: LoadRequest): number =>
  messages ?? Math.floor(BYTES_MAX / workloadNamed(workload).valueBytes);

function metered(
  run: Clients,
  { pid, seconds }: LoadRequest,
  count: () => number,
  latencies?: Histogram,
  ended?: () => boolean,
): Promise<Phase> {
  return meter(pid, seconds, count, latencies, run.rest, ended);
}

async function apart(run: Clients, request: LoadRequest): Promise<Partial<LoadResult>> {
  const flood = new Flood();
  await run.openProducers(flood);
  const most = recordsMax(request);
  const full = (): boolean => flood.sent >= most;
  flood.mayGo = () => !full();
  run.fill();
  await run.rest(request.warmupSeconds * 1000);
  if (full()) throw new Error('everything was produced before the warm-up ended; give more --messages');
  const produce = await metered(run, request, () => run.acknowledged, run.ackLatencies, full);
  flood.mayGo = () => false;
  await run.allAnswered();

  await run.openConsumers();
  run.reading = run.workload.countsReading;
  run.finish();
  for (const consumer of run.consumers) consumer.start();
  if (!run.reading) {
    await run.allRead();
    return { produce };
  }
  await run.rest(request.warmupSeconds * 1000);
  const consume = await metered(run, request, () => run.delivered);
  run.reading = false;
  await run.allRead();
  return { produce, consume };
}

async function together(run: Clients, request: LoadRequest): Promise<Partial<LoadResult>> {
  const stop = await (run.workload.ratePerSecond === undefined ? flooding(run, request) : ticking(run));
  await run.rest(request.warmupSeconds * 1000);
  run.ackLatencies.reset();
  const phase = await metered(run, request, () => run.delivered, run.latencies);
  const ackUs = percentiles(run.ackLatencies);
  stop();
  await run.allAnswered();
  run.reading = false;
  run.finish();
  await run.allRead();
  return { together: phase, ackUs };
}

/** Starts full batches against consumers that may fall behind by so much; answers how to stop. */
async function flooding(run: Clients, request: LoadRequest): Promise<() => void> {
  const flood = new Flood();
  const aheadMax = AHEAD_BYTES / run.workload.valueBytes;
  const most = recordsMax(request);
  await run.openProducers(flood);
  await run.openConsumers(run.latencies, run.fill);
  for (const consumer of run.consumers) consumer.start();
  flood.mayGo = () => flood.sent < most && run.acknowledged - run.delivered < aheadMax;
  run.fill();
  return () => {
    flood.mayGo = () => false;
  };
}

/** Starts records at the workload's rate, in a burst each millisecond. */
async function ticking(run: Clients): Promise<() => void> {
  const { topic, workload } = run;
  const { partitions, valueBytes } = workload;
  const source = await run.openProducer((identity) => {
    return new Accumulator(identity, { topic, partitions, valueBytes, window: IN_FLIGHT });
  });
  const enough = run.settled(1);
  for (let i = 0; i < enough * partitions; i++) source.add(nowUs());
  await run.allHave(enough);
  await run.openConsumers(run.latencies);
  for (const consumer of run.consumers) consumer.start();
  const burst = (workload.ratePerSecond! * TICK_MS) / 1000;
  const tick = (now: number): void => {
    for (let i = 0; i < burst; i++) source.add(now);
  };
  const ticker = new Ticker(TICK_MS, tick, run.fill);
  return () => {
    ticker.stop();
    source.drop();
  };
}

if (import.meta.main) await answerWith(runLoad);
