/**
 * Debian's `rabbitmq-server`, as a node of our own: own name, cookie, ports, port mapper and data, loopback only, no
 * plugins. It neither touches nor needs an installed service.
 *
 *     epmd (own port) <── beam.smp ── erl_child_setup
 *
 * The start script is told that it runs under systemd, which makes it replace itself by the Erlang machine: the
 * process id we hold is the broker's. The port mapper is started by us, else Erlang would leave a daemon behind.
 *
 * Its classic queues write messages without syncing, whatever the workload's durability says.
 */

import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type Child, endChild, startChild, untilReady } from '../child.ts';
import { sleep } from '../clock.ts';
import type { BrokerKind, RunningBroker, StartOptions } from './broker.ts';
import { Connection } from './connection.ts';

const SCRIPT = '/usr/lib/rabbitmq/bin/rabbitmq-server';
const LIBRARY = '/usr/lib/rabbitmq/lib';
const START_LIMIT_MS = 120_000;

export const rabbitmq: BrokerKind = {
  name: 'rabbitmq',
  title: `RabbitMQ ${version() ?? ''}`.trim(),
  missing: () => (existsSync(SCRIPT) ? undefined : `rabbitmq-server is not installed (no ${SCRIPT})`),
  start,
};

async function start({ folder }: StartOptions): Promise<RunningBroker> {
  const [amqpPort, distributionPort, mapperPort] = await freePorts(3);
  const home = join(folder, 'home');
  const inside = (name: string): string => join(folder, name);
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, '.erlang.cookie'), 'benchmark', { mode: 0o600 });
  writeFileSync(inside('enabled_plugins'), '[].\n');
  writeFileSync(
    inside('rabbitmq.conf'),
    [`listeners.tcp.1 = 127.0.0.1:${amqpPort}`, 'log.file = false', 'log.console.level = warning', ''].join('\n'),
  );
  const env = {
    PATH: process.env.PATH,
    LANG: 'C.UTF-8',
    HOME: home,
    ERL_EPMD_PORT: String(mapperPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RUNNING_UNDER_SYSTEMD: 'true',
    RABBITMQ_NODENAME: 'dragoman-bench@localhost',
    RABBITMQ_DIST_PORT: String(distributionPort),
    RABBITMQ_MNESIA_BASE: inside('mnesia'),
    RABBITMQ_LOG_BASE: inside('log'),
    RABBITMQ_CONFIG_FILE: inside('rabbitmq.conf'),
    RABBITMQ_CONF_ENV_FILE: inside('none'),
    RABBITMQ_ENABLED_PLUGINS_FILE: inside('enabled_plugins'),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
  };
  const startedAt = performance.now();
  const mapper = startChild('epmd', ['-port', String(mapperPort), '-address', '127.0.0.1'], { env });
  await sleep(100);
  const child = startChild(SCRIPT, [], { env, cwd: folder });
  try {
    await untilReady(child, 'rabbitmq', START_LIMIT_MS, 20, () => answers(amqpPort!));
  } catch (error) {
    await end(child, mapper, 'SIGKILL');
    throw error;
  }
  return {
    port: amqpPort!,
    pid: child.pid,
    readyMs: performance.now() - startedAt,
    epitaph: () => (child.running() ? undefined : child.output()),
    stop: () => end(child, mapper, 'SIGTERM'),
    kill: () => end(child, mapper, 'SIGKILL'),
  };
}

async function end(child: Child, mapper: Child, signal: NodeJS.Signals): Promise<void> {
  await endChild(child, signal, 60_000);
  await endChild(mapper, 'SIGKILL');
}

async function answers(port: number): Promise<true | undefined> {
  try {
    (await Connection.open(port, 4096)).close();
    return true;
  } catch {
    return undefined;
  }
}

/** Ports that were free a moment ago; all are held at once so that they differ. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports: number[] = [];
  for (const server of servers) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address !== null && typeof address === 'object') ports.push(address.port);
  }
  for (const server of servers) await new Promise((resolve) => server.close(resolve));
  return ports;
}

/** Debian keeps the server in a folder that carries its version. */
function version(): string | undefined {
  if (!existsSync(LIBRARY)) return undefined;
  const folder = readdirSync(LIBRARY).find((name) => name.startsWith('rabbitmq_server-'));
  return folder?.slice('rabbitmq_server-'.length);
}
