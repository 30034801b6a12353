/** Dragoman from this working copy, through its command line, with RocketMQ's listeners and no others. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { startAnnounced } from '../running-broker.ts';
import type { Broker, BrokerKind, StartOptions } from './broker.ts';

const entry = join(import.meta.dirname, '..', '..', '..', 'bin', 'dragoman.js');

export const dragoman: BrokerKind = {
  name: 'dragoman',
  title: 'Dragoman',
  missing: () => (existsSync(entry) ? undefined : `${entry} does not exist`),
  compiles: true,
  start,
};

async function start({ folder, durability, compileCache }: StartOptions): Promise<Broker> {
  const listeners = ['--rocketmq-port', '0', '--rocketmq-namesrv-port', '0', '--rocketmq-grpc-port', 'off'];
  const others = ['--amqp-port', 'off', '--kafka-port', 'off', '--http-port', 'off'];
  const args = [entry, '--data', folder, ...listeners, ...others, '--durability', durability];
  const broker = await startAnnounced('dragoman', 'rocketmq-namesrv', args, compileCache);
  const { port, pid, startedAt, readyMs, epitaph, kill } = broker;
  return { namesrvPort: port, pids: [pid], startedAt, readyMs, epitaph, kill };
}
