/**
 * A cross-check by a real client: librdkafka's own `rdkafka_performance`, from the sources that the npm package
 * node-rdkafka carries, built once into `.work` (a C compiler is enough, about a minute).
 *
 *     fill 16 partitions with 1 KiB, idempotent, `acks=all` ─▶ read them from the beginning, without a group
 *
 * It makes and checks each record, so on two cores it leaves less to the broker than our generator does; what it
 * reports is what its users would see. It counts; that nothing is lost or repeated the other rows prove.
 */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { endChild, startChild } from '../child.ts';
import { sleep } from '../clock.ts';
import { treeUsage } from '../process-tree.ts';
import type { RunningBroker } from '../running-broker.ts';
import { work } from './apache-jars.ts';
import { Caller } from './connection.ts';
import type { LoadResult } from './load.ts';
import type { Phase } from './meter.ts';
import { createTopic, deleteTopic, topicServed } from './topic.ts';
import type { Workload } from './workloads.ts';

const PACKAGE = 'node-rdkafka-3.6.1'; // librdkafka 2.12.0
const PACKAGE_ASKED = PACKAGE.replace(/-(?=\d)/, '@');
const folder = join(work, PACKAGE);
const program = join(folder, 'package/deps/librdkafka/examples/rdkafka_performance');
const RECORDS = 500_000;
const LIMIT_MS = 120_000;
const SAMPLE_MS = 250;

/** Makes the program be there; undefined, or why that is impossible. */
export function missingLibrdkafka(): string | undefined {
  if (existsSync(program)) return undefined;
  console.log(`building rdkafka_performance from the npm package ${PACKAGE_ASKED}`);
  const arriving = `${folder}.arriving`;
  const sources = join(arriving, 'package/deps/librdkafka');
  rmSync(arriving, { recursive: true, force: true });
  mkdirSync(arriving, { recursive: true });
  const run = (cwd: string, command: string, ...args: string[]): void =>
    void execFileSync(command, args, { cwd, stdio: 'pipe' });
  try {
    run(arriving, 'npm', 'pack', '--silent', PACKAGE_ASKED);
    run(arriving, 'tar', 'xzf', `${PACKAGE}.tgz`);
    run(sources, './configure', '--disable-lz4-ext', '--disable-curl', '--disable-gssapi');
    run(sources, 'make', `-j${availableParallelism()}`, 'libs');
    run(sources, 'make', '-C', 'examples', 'rdkafka_performance');
    rmSync(folder, { recursive: true, force: true });
    renameSync(arriving, folder);
    return undefined;
  } catch (error) {
    return `it could not be built: ${(error as Error).message.split('\n').slice(0, 2).join(' ')}`;
  }
}

export async function loadByLibrdkafka(workload: Workload, broker: RunningBroker, asked?: number): Promise<LoadResult> {
  const { partitions, valueBytes } = workload;
  const topic = 'librdkafka';
  const records = asked ?? RECORDS;
  const admin = await Caller.open(broker.port);
  await createTopic(admin, topic, partitions);
  await topicServed(admin, topic, partitions);
  const common = ['-q', '-t', topic, '-b', `127.0.0.1:${broker.port}`, '-c', String(records)];
  const writing = ['-P', ...common, '-s', String(valueBytes), '-a', '-1', '-X', 'enable.idempotence=true'];
  const produce = await timed(broker.pid, records, writing, / (\d+) delivered .* 0 failed\) in (\d+)ms/);
  const every = Array.from({ length: partitions }, (_, partition) => ['-p', String(partition)]).flat();
  const reading = ['-C', ...common, '-o', 'beginning', ...every];
  const consume = await timed(broker.pid, records, reading, /^% (\d+) messages .* consumed in (\d+)ms/m);
  const rssAfterBytes = treeUsage(broker.pid).rssBytes;
  await deleteTopic(admin, topic);
  admin.close();
  return { produce, consume, records, rssAfterBytes, inSession: false };
}

/** Runs the program; `report` finds in what it says how many records it moved in how many milliseconds. */
async function timed(pid: number, records: number, args: string[], report: RegExp): Promise<Phase> {
  const cpuMs = treeUsage(pid).cpuMs;
  const child = startChild(program, args);
  const until = performance.now() + LIMIT_MS;
  let rssMaxBytes = 0;
  while (child.running()) {
    rssMaxBytes = Math.max(rssMaxBytes, treeUsage(pid).rssBytes);
    if (performance.now() > until) await endChild(child, 'SIGKILL');
    await Promise.race([child.exited, sleep(SAMPLE_MS)]);
  }
  const usedMs = treeUsage(pid).cpuMs - cpuMs;
  const [, moved, tookMs] = report.exec(child.output()) ?? [];
  if (Number(moved) !== records) throw new Error(`rdkafka_performance did not get through:\n${child.output().trim()}`);
  const seconds = Number(tookMs) / 1000;
  return {
    seconds,
    records,
    rate: records / seconds,
    latencyUs: { p50: Number.NaN, p99: Number.NaN, p999: Number.NaN },
    cpuUsPerMessage: (usedMs * 1000) / records,
    brokerCores: usedMs / 1000 / seconds,
    clientCores: Number.NaN,
    rssMaxBytes,
  };
}
