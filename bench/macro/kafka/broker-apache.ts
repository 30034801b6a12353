/**
 * Apache Kafka, one node that is broker and controller (KRaft), on free loopback ports and a folder of its own, with
 * the settings and the Java options of its distribution: `config/server.properties`, `bin/kafka-server-start.sh`.
 *
 *     formatted folder (made once by its own tool, kept) ──copy──> fresh folder ──> java kafka.Kafka
 *
 * Formatting starts a Java machine of its own, and is not part of the time that a start takes. By default Kafka leaves
 * writing to the operating system: that is our `os`. For `fsync` every append is flushed before it is acknowledged
 * (`log.flush.interval.messages=1`). Not as distributed: a deleted topic's files go at once, so that the next row does
 * not pay for them, and consumer groups do not wait for further members.
 */

import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endChild, startChild, untilReady } from '../child.ts';
import { freePorts } from '../free-ports.ts';
import type { RunningBroker } from '../running-broker.ts';
import { classPath, missingJars, version, work } from './apache-jars.ts';
import type { BrokerKind, StartOptions } from './broker.ts';
import { Caller } from './connection.ts';
import { answers } from './topic.ts';
import type { Durability } from './workloads.ts';

const START_LIMIT_MS = 120_000;
const STOP_LIMIT_MS = 60_000;
const formatted = join(work, `formatted-${version}`);

const javaOptions = [
  '-Xmx1G',
  '-Xms1G',
  '-server',
  '-XX:+UseG1GC',
  '-XX:MaxGCPauseMillis=20',
  '-XX:InitiatingHeapOccupancyPercent=35',
  '-XX:+ExplicitGCInvokesConcurrent',
  '-XX:MaxInlineLevel=15',
  '-Djava.awt.headless=true',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-cp',
  classPath,
];

export const apache: BrokerKind = {
  name: 'apache',
  title: `Apache Kafka ${version}`,
  missing: missingJars,
  start,
};

async function start({ folder, durability }: StartOptions): Promise<RunningBroker> {
  if (!existsSync(formatted)) format();
  const [port, controllerPort] = (await freePorts(2)) as [number, number];
  const data = join(folder, 'data');
  cpSync(formatted, data, { recursive: true });
  const settings = join(folder, 'server.properties');
  writeFileSync(settings, properties(data, port, controllerPort, durability));
  const startedAt = performance.now();
  const child = startChild('java', [...javaOptions, 'kafka.Kafka', settings], { cwd: folder });
  try {
    await untilReady(child, 'Apache Kafka', START_LIMIT_MS, 5, () => answering(port));
  } catch (error) {
    await endChild(child, 'SIGKILL');
    throw error;
  }
  return {
    port,
    pid: child.pid,
    startedAt,
    readyMs: performance.now() - startedAt,
    epitaph: () => (child.running() ? undefined : child.output()),
    stop: () => endChild(child, 'SIGTERM', STOP_LIMIT_MS),
    kill: () => endChild(child, 'SIGKILL'),
  };
}

function properties(data: string, port: number, controllerPort: number, durability: Durability): string {
  const lines = [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@127.0.0.1:${controllerPort}`,
    `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${port}`,
    'inter.broker.listener.name=PLAINTEXT',
    'controller.listener.names=CONTROLLER',
    'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    `log.dirs=${data}`,
    'num.network.threads=3',
    'num.io.threads=8',
    'socket.send.buffer.bytes=102400',
    'socket.receive.buffer.bytes=102400',
    'socket.request.max.bytes=104857600',
    'num.partitions=1',
    'offsets.topic.replication.factor=1',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    'share.coordinator.state.topic.replication.factor=1',
    'share.coordinator.state.topic.min.isr=1',
    'group.initial.rebalance.delay.ms=0',
    'log.segment.bytes=1073741824',
    'log.segment.delete.delay.ms=0',
  ];
  if (durability === 'fsync') lines.push('log.flush.interval.messages=1');
  return `${lines.join('\n')}\n`;
}

/** What `kafka-storage.sh format` writes: a few small files, the same for each start. */
function format(): void {
  const arriving = `${formatted}.arriving`;
  rmSync(arriving, { recursive: true, force: true });
  mkdirSync(arriving, { recursive: true });
  const settings = join(work, 'format.properties');
  writeFileSync(settings, properties(arriving, 9092, 9093, 'os'));
  const tool = (...args: string[]): string =>
    execFileSync('java', [...javaOptions, 'kafka.tools.StorageTool', ...args], { encoding: 'utf8', stdio: 'pipe' });
  const id = tool('random-uuid').trim().split('\n').at(-1)!;
  tool('format', '-t', id, '-c', settings);
  renameSync(arriving, formatted);
}

async function answering(port: number): Promise<true | undefined> {
  let caller: Caller | undefined;
  try {
    caller = await Caller.open(port);
    return (await answers(caller)) || undefined;
  } catch {
    return undefined;
  } finally {
    caller?.close();
  }
}
