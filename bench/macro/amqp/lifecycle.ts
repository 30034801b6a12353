/**
 * What happens when nobody is sending: starting, idling, and coming back with a full queue.
 *
 *     start      empty folder -> spawn -> serves AMQP       memory after two quiet seconds
 *                with Node's compile cache empty (the first start ever), then once more with what that left in it
 *     recovery   deposit 1,000,000 -> SIGTERM -> start -> count -> SIGKILL -> start -> count
 *
 * The count is checked each time: a fast start that forgot messages is a failure, not a result.
 */

import { sleep } from '../clock.ts';
import { treeUsage } from '../process-tree.ts';
import type { BrokerKind, RunningBroker, StartOptions } from './broker.ts';
import { Connection } from './connection.ts';
import { queuedMessages } from './load.ts';
import { explained, inFolder, load, type RunOptions } from './measure.ts';
import { workloadNamed } from './workloads.ts';

const IDLE_MS = 2000;
export const RECOVERED_MESSAGES = 1_000_000;

/** One start; times are from before the spawn. */
export interface Start {
  readyMs: number;
  /** Processor time of all threads until then. */
  readyCpuMs: number;
  /** Until a client that came as soon as it was ready has its connection open. */
  servedMs: number;
  idleRssBytes: number;
}

export interface StartResult extends Start {
  /** With an empty compile cache; undefined for what has none. */
  cold?: Start;
}

export function measureStart(kind: BrokerKind, options: RunOptions): Promise<StartResult> {
  return inFolder(options.folder, async (compileCache) => {
    const cold = kind.compiles ? await startOnce(kind, options, compileCache) : undefined;
    const warm = await startOnce(kind, options, compileCache);
    return cold === undefined ? warm : { ...warm, cold };
  });
}

function startOnce(kind: BrokerKind, options: RunOptions, compileCache: string): Promise<Start> {
  return inFolder(options.folder, async (folder) => {
    const from = performance.now();
    const broker = await kind.start({ folder, durability: 'fsync', durable: true, compileCache });
    try {
      const readyCpuMs = treeUsage(broker.pid).cpuMs;
      const connection = await Connection.open(broker.port);
      const servedMs = performance.now() - from;
      connection.close();
      // Also the time in which it writes its compile cache.
      await sleep(IDLE_MS);
      return { readyMs: broker.readyMs, readyCpuMs, servedMs, idleRssBytes: treeUsage(broker.pid).rssBytes };
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
