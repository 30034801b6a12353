/**
 * What happens when nobody is sending: starting, idling, and coming back with a full queue.
 *
 *     start      empty folder -> spawn -> serves AMQP       memory after two quiet seconds
 *     recovery   deposit 1,000,000 -> SIGTERM -> start -> count -> SIGKILL -> start -> count
 *
 * The count is checked each time: a fast start that forgot messages is a failure, not a result.
 */

import { sleep } from '../clock.ts';
import { treeUsage } from '../process-tree.ts';
import type { BrokerKind, RunningBroker, StartOptions } from './broker.ts';
import { queuedMessages } from './load.ts';
import { explained, inFolder, load, type RunOptions } from './measure.ts';
import { workloadNamed } from './workloads.ts';

const IDLE_MS = 2000;
export const RECOVERED_MESSAGES = 1_000_000;

export interface StartResult {
  readyMs: number;
  idleRssBytes: number;
}

export function measureStart(kind: BrokerKind, options: RunOptions): Promise<StartResult> {
  return inFolder(options.folder, async (folder) => {
    const broker = await kind.start({ folder, durability: 'fsync', durable: true });
    try {
      await sleep(IDLE_MS);
      return { readyMs: broker.readyMs, idleRssBytes: treeUsage(broker.pid).rssBytes };
    } finally {
      await broker.kill();
    }
  });
}

export interface RecoveryResult {
  messages: number;
  emptyReadyMs: number;
  /** Ready again after an orderly stop, and after a kill. */
  stoppedReadyMs: number;
  killedReadyMs: number;
  rssBytes: number;
}

export function measureRecovery(kind: BrokerKind, options: RunOptions): Promise<RecoveryResult> {
  return inFolder(options.folder, async (folder) => {
    const messages = options.messages ?? RECOVERED_MESSAGES;
    const start: StartOptions = { folder, durability: 'fsync', durable: true };
    let broker: RunningBroker = await kind.start(start);
    try {
      const emptyReadyMs = broker.readyMs;
      const deposited = await load(workloadNamed('deep-batched'), broker, { ...options, messages });
      if (deposited.confirmed < messages) throw new Error(`only ${deposited.confirmed} of ${messages} were confirmed`);
      await broker.stop();
      broker = await kind.start(start);
      const stoppedReadyMs = broker.readyMs;
      await expectQueued(broker, messages, 'an orderly stop');
      await broker.kill();
      broker = await kind.start(start);
      const killedReadyMs = broker.readyMs;
      await expectQueued(broker, messages, 'a kill');
      return { messages, emptyReadyMs, stoppedReadyMs, killedReadyMs, rssBytes: treeUsage(broker.pid).rssBytes };
    } catch (error) {
      throw explained(error, broker);
    } finally {
      await broker.kill();
    }
  });
}

/** Some brokers serve before their queues are back; they get ten seconds. */
async function expectQueued(broker: RunningBroker, messages: number, after: string): Promise<void> {
  let queued = 0;
  for (let attempt = 0; attempt < 20; attempt++) {
    queued = await queuedMessages(broker.port);
    if (queued === messages) return;
    await sleep(500);
  }
  throw new Error(`${queued} of ${messages} messages are there after ${after}`);
}
