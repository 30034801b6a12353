/**
 * From spawning a broker on an empty folder to the first record produced and consumed, and what it needs when idle.
 *
 *     spawn ─▶ serves Kafka ─▶ the topic is created by being asked for ─▶ one record acknowledged, and delivered
 *           ─▶ two quiet seconds ─▶ memory
 *
 * A broker that Node compiles starts twice: with an empty compile cache (the first start ever), and with what that
 * left. Retries come every five milliseconds, so that the broker is what is measured and not a client's patience.
 */

import { nowUs, sleep } from '../clock.ts';
import { Histogram } from '../histogram.ts';
import { treeUsage } from '../process-tree.ts';
import { explained } from '../running-broker.ts';
import { inFolder } from '../scratch-folder.ts';
import { Accumulator } from './accumulator.ts';
import type { BrokerKind } from './broker.ts';
import { Caller } from './connection.ts';
import { Consumer } from './consumer.ts';
import { Ledger } from './ledger.ts';
import { Producer } from './producer.ts';
import type { RunOptions } from './sitting.ts';
import { type ProducerIdentity, topicCreatedByAsking, topicServed } from './topic.ts';

const TOPIC = 'first';
const VALUE_BYTES = 100;
const RETRY_MS = 5;
const IDLE_MS = 2000;
const FIRST_RECORD_LIMIT_MS = 60_000;

/** One start; times are from before the spawn. */
export interface Start {
  readyMs: number;
  firstRecordMs: number;
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
    const broker = await kind.start({ folder, durability: 'fsync', compileCache });
    try {
      const late = sleep(FIRST_RECORD_LIMIT_MS, true).then(() => {
        throw new Error(`no record came through within ${FIRST_RECORD_LIMIT_MS / 1000} s`);
      });
      late.catch(() => {});
      await Promise.race([firstRecord(broker.port), late]);
      const firstRecordMs = nowUs() / 1000 - broker.startedAt;
      // Also the time in which it writes its compile cache.
      await sleep(IDLE_MS);
      return { readyMs: broker.readyMs, firstRecordMs, idleRssBytes: treeUsage(broker.pid).rssBytes };
    } catch (error) {
      throw explained(error, broker);
    } finally {
      await broker.kill();
    }
  });
}

async function firstRecord(port: number): Promise<void> {
  const admin = await Caller.open(port);
  await topicCreatedByAsking(admin, TOPIC, RETRY_MS);
  await topicServed(admin, TOPIC, 1, RETRY_MS);
  const ledger = new Ledger(1, 1);
  const options = { topic: TOPIC, partitions: 1, valueBytes: VALUE_BYTES, window: 1 };
  const make = (identity: ProducerIdentity): Accumulator => new Accumulator(identity, options);
  const producer = await Producer.open(port, ledger, new Histogram(), make);
  producer.source.add(nowUs());
  producer.fill();
  while (producer.acknowledged === 0) await Promise.race([sleep(1), producer.failed]);
  let read = false;
  const consumer = await Consumer.open(port, ledger, {
    topic: TOPIC,
    partitions: [0],
    valueBytes: VALUE_BYTES,
    stamped: false,
    sessions: false,
    onPass: () => {
      read = true;
      return false;
    },
  });
  consumer.finish(ledger.endsNow());
  consumer.start();
  while (!read) await Promise.race([sleep(1), consumer.failed]);
  admin.close();
  producer.close();
  consumer.close();
}
