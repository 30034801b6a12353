/**
 * One sitting: a fresh broker on a fresh folder, heated, then one row after the other, each with a topic of its own
 * that is deleted again.
 *
 * A Java machine gets twice as fast within its first ten seconds of work. Heating every row's own broker for that
 * long would take an hour, and not heating it would be no comparison; so the rows of one durability share a broker.
 * After a row that failed, what is left gets another one.
 */

import { join } from 'node:path';
import { generate } from '../generator.ts';
import { quietDisk } from '../quiet-disk.ts';
import { explained, type RunningBroker } from '../running-broker.ts';
import { inFolder } from '../scratch-folder.ts';
import type { BrokerKind } from './broker.ts';
import { loadByLibrdkafka } from './librdkafka.ts';
import type { LoadRequest, LoadResult } from './load.ts';
import type { Durability, Workload } from './workloads.ts';

export interface RunOptions {
  seconds: number;
  /** How long a fresh broker is heated. */
  warmupSeconds: number;
  messages?: number;
  sessions: boolean;
  /** Parent of the data folders. */
  folder?: string;
}

/** What a row's own warm-up takes, on a broker that is hot. */
const ROW_WARMUP_SECONDS = 1;
/** For creating 256 partitions, and for reading everything back. */
const REST_OF_RUN_SECONDS = 90;
const heating = ['1k-16', 'flow-1k-16'];

export interface Outcome {
  workload: Workload;
  result?: LoadResult;
  failure?: string;
}

export async function sit(
  kind: BrokerKind,
  durability: Durability,
  workloads: readonly Workload[],
  options: RunOptions,
  report: (outcome: Outcome) => void,
): Promise<void> {
  const left = [...workloads];
  while (left.length > 0) {
    await inFolder(options.folder, async (folder) => {
      let broker: RunningBroker | undefined;
      try {
        broker = await kind.start({ folder, durability });
        for (const name of heating) {
          // A third each for producing, consuming and both at once; nothing of it is counted.
          const third = options.warmupSeconds / 3;
          const { sessions } = options;
          await load(name, broker, { seconds: third, warmupSeconds: 0, sessions }, 0);
        }
        while (left.length > 0) {
          await quietDisk();
          const result = await (left[0]!.byLibrdkafka === true
            ? loadByLibrdkafka(left[0]!, broker, options.messages)
            : load(left[0]!.name, broker, options, ROW_WARMUP_SECONDS));
          report({ workload: left.shift()!, result });
        }
      } catch (error) {
        const failure = broker === undefined ? (error as Error) : explained(error, broker);
        report({ workload: left.shift()!, failure: failure.message });
      } finally {
        await broker?.kill();
      }
    });
  }
}

function load(
  workload: string,
  broker: RunningBroker,
  options: RunOptions,
  warmupSeconds: number,
): Promise<LoadResult> {
  const { seconds, messages, sessions } = options;
  const request: LoadRequest = {
    workload,
    port: broker.port,
    pid: broker.pid,
    seconds,
    warmupSeconds,
    sessions,
    ...(messages === undefined ? {} : { messages }),
  };
  const limitMs = (2 * (seconds + warmupSeconds) + REST_OF_RUN_SECONDS) * 1000;
  return generate<LoadResult>(join(import.meta.dirname, 'load.ts'), request, limitMs);
}
