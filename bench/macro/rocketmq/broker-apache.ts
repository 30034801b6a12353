/**
 * Apache RocketMQ: a name server and a broker on free loopback ports and a folder of their own.
 *
 *     java NamesrvStartup   ──registers──   java BrokerStartup
 *
 * `os` is its `ASYNC_FLUSH`, which it is distributed with; `fsync` is `SYNC_FLUSH`. The collector is the one of
 * `bin/runbroker.sh`. Its scripts ask for heaps of 8 and 4 GiB, touched page by page; here they are 1 GiB and 256 MiB
 * and grow as they are used, which is kinder to the figures of memory. Everything else is as distributed.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Child, endChild, startChild, untilReady } from '../child.ts';
import { freePorts } from '../free-ports.ts';
import { classPath, missingJars, version } from './apache-jars.ts';
import type { Broker, BrokerKind, StartOptions } from './broker.ts';
import type { Durability } from './workloads.ts';

const START_LIMIT_MS = 120_000;
const POLL_MS = 5;

const collector = ['-XX:+UseG1GC', '-XX:G1ReservePercent=25', '-XX:InitiatingHeapOccupancyPercent=30'];

export const apache: BrokerKind = {
  name: 'apache',
  title: `Apache RocketMQ ${version}`,
  missing: missingJars,
  start,
};

async function start({ folder, durability }: StartOptions): Promise<Broker> {
  const [namesrvPort, port, haPort] = await portsOfBroker();
  const home = join(folder, 'home');
  mkdirSync(home, { recursive: true });
  const namesrvSettings = join(folder, 'namesrv.conf');
  writeFileSync(namesrvSettings, `listenPort=${namesrvPort}\nbindAddress=127.0.0.1\n`);
  const brokerSettings = join(folder, 'broker.conf');
  writeFileSync(brokerSettings, properties(join(folder, 'store'), namesrvPort, port, haPort, durability));
  const options = { cwd: folder, env: { ...process.env, ROCKETMQ_HOME: home } };
  const common = [`-Duser.home=${home}`, '-cp', classPath];
  const startedAt = performance.now();
  const namesrvClass = 'org.apache.rocketmq.namesrv.NamesrvStartup';
  const brokerClass = 'org.apache.rocketmq.broker.BrokerStartup';
  const namesrv = startChild('java', ['-Xmx256m', ...common, namesrvClass, '-c', namesrvSettings], options);
  const heap = ['-Xmx1g', '-XX:MaxDirectMemorySize=1g', ...collector];
  const broker = startChild('java', [...heap, ...common, brokerClass, '-c', brokerSettings], options);
  const kill = async (): Promise<void> => {
    await endChild(broker, 'SIGKILL');
    await endChild(namesrv, 'SIGKILL');
  };
  try {
    await booted(namesrv, 'the name server');
    await booted(broker, 'the broker');
  } catch (error) {
    await kill();
    throw error;
  }
  return {
    namesrvPort,
    pids: [broker.pid, namesrv.pid],
    startedAt,
    readyMs: performance.now() - startedAt,
    epitaph: () => (broker.running() ? undefined : broker.output()),
    kill,
  };
}

function booted(child: Child, name: string): Promise<true> {
  return untilReady(child, name, START_LIMIT_MS, POLL_MS, () => child.output().includes('boot success') || undefined);
}

/** A broker also listens on the port two below its own, and for replicas. */
async function portsOfBroker(): Promise<[namesrv: number, broker: number, ha: number]> {
  const [namesrv, broker, ha] = (await freePorts(3)) as [number, number, number];
  const fast = broker - 2;
  return fast === namesrv || fast === ha ? portsOfBroker() : [namesrv, broker, ha];
}

function properties(store: string, namesrvPort: number, port: number, haPort: number, durability: Durability): string {
  const lines = [
    'brokerClusterName=DefaultCluster',
    'brokerName=broker-a',
    'brokerId=0',
    'brokerIP1=127.0.0.1',
    'bindAddress=127.0.0.1',
    `listenPort=${port}`,
    `haListenPort=${haPort}`,
    `namesrvAddr=127.0.0.1:${namesrvPort}`,
    `storePathRootDir=${store}`,
    `storePathCommitLog=${join(store, 'commitlog')}`,
    `flushDiskType=${durability === 'fsync' ? 'SYNC_FLUSH' : 'ASYNC_FLUSH'}`,
  ];
  return `${lines.join('\n')}\n`;
}
