/**
 * From spawning a broker on an empty folder to the first message confirmed, and what it needs when idle.
 *
 *     spawn ─▶ serves ─▶ a topic is made ─▶ one message confirmed ─▶ two quiet seconds ─▶ memory
 *
 * A broker that Node compiles starts twice: with an empty compile cache (the first start ever), and with what that
 * left.
 */

import { sleep } from '../clock.ts';
import { Histogram } from '../histogram.ts';
import { inFolder } from '../scratch-folder.ts';
import { usageOf } from '../usage.ts';
import { type BrokerKind, explained } from './broker.ts';
import { createTopic } from './caller.ts';
import { Flood } from './flood.ts';
import type { RunOptions } from './sitting.ts';

const TOPIC = 'first';
const BODY_BYTES = 128;
const POLL_MS = 1;
const IDLE_MS = 2000;
const FIRST_MESSAGE_LIMIT_MS = 60_000;

/** One start; times are from before the spawn. */
export interface Start {
  readyMs: number;
  firstMessageMs: number;
  idleRssBytes: number;
  idleAnonymousBytes: number;
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
      const late = sleep(FIRST_MESSAGE_LIMIT_MS, true).then(() => {
        throw new Error(`no message was confirmed within ${FIRST_MESSAGE_LIMIT_MS / 1000} s`);
      });
      late.catch(() => {});
      await Promise.race([firstMessage(broker.namesrvPort), late]);
      const firstMessageMs = performance.now() - broker.startedAt;
      // Also the time in which it writes its compile cache.
      await sleep(IDLE_MS);
      const { rssBytes, anonymousBytes } = usageOf(broker.pids);
      return { readyMs: broker.readyMs, firstMessageMs, idleRssBytes: rssBytes, idleAnonymousBytes: anonymousBytes };
    } catch (error) {
      throw explained(error, broker);
    } finally {
      await broker.kill();
    }
  });
}

async function firstMessage(namesrvPort: number): Promise<void> {
  const port = await createTopic(namesrvPort, TOPIC, 1);
  const options = { kind: 'send', topic: TOPIC, queues: 1, bodyBytes: BODY_BYTES, window: 1 } as const;
  const flood = await Flood.open(port, options, new Histogram());
  flood.allowance = () => 1 - flood.sent;
  flood.fill();
  while (flood.confirmed === 0) await Promise.race([sleep(POLL_MS), flood.failed]);
  flood.close();
}
