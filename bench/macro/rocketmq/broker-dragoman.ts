/** Dragoman from this working copy, through its command line, with the listeners of the remoting protocol. */

import { dragomanCommand, missingDragoman } from '../dragoman-command.ts';
import { startAnnounced } from '../running-broker.ts';
import type { Broker, BrokerKind, StartOptions } from './broker.ts';

export const dragoman: BrokerKind = {
  name: 'dragoman',
  title: 'Dragoman',
  missing: missingDragoman,
  compiles: true,
  start,
};

async function start(options: StartOptions): Promise<Broker> {
  const args = dragomanCommand(['rocketmq', 'rocketmq-namesrv'], options);
  const broker = await startAnnounced('dragoman', 'rocketmq-namesrv', args, options.compileCache);
  const { port, pid, startedAt, readyMs, epitaph, kill } = broker;
  return { namesrvPort: port, pids: [pid], startedAt, readyMs, epitaph, kill };
}
