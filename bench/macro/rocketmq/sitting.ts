/**
 * One sitting: a fresh broker on a fresh folder, heated, then one row after the other. A Java machine gets twice as
 * fast within its first ten seconds of work, and heating every row's own broker for that long would take an hour, so
 * the rows of one durability share a broker. What counts memory gets one of its own. After a row that failed, what is
 * left gets another one.
 */

import { join } from 'node:path';
import { generate } from '../generator.ts';
import { quietDisk } from '../quiet-disk.ts';
import { inFolder } from '../scratch-folder.ts';
import { type Broker, type BrokerKind, explained } from './broker.ts';
import type { LoadRequest, LoadResult } from './load.ts';
import { loadByShipped } from './shipped.ts';
import type { Durability, Workload } from './workloads.ts';

export interface RunOptions {
  seconds: number;
  /** How long a fresh broker is heated. */
  warmupSeconds: number;
  /** Of what is pending. */
  messages: number;
  /** Parent of the data folders. */
  folder?: string;
}

export interface Outcome {
  workload: Workload;
  result?: LoadResult;
  failure?: string;
}

/** What a row's own warm-up takes, on a broker that is hot. */
const ROW_WARMUP_SECONDS = 2;
/** A shipped program is a Java machine of its own, which must get hot too. */
const PROGRAM_WARMUP_SECONDS = 8;
/** For making topics, and until everything is counted. */
const REST_OF_RUN_SECONDS = 90;
const PENDING_LIMIT_SECONDS = 240;
const heating = ['send-1k', 'transaction'];

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
      let broker: Broker | undefined;
      try {
        broker = await kind.start({ folder, durability });
        const alone = left[0]!.kind === 'pending';
        if (!alone) await heat(broker, options);
        do {
          await quietDisk();
          report({ workload: left[0]!, result: await load(left[0]!, broker, options) });
          left.shift();
        } while (!alone && left.length > 0 && left[0]!.kind !== 'pending');
      } catch (error) {
        const failure = broker === undefined ? (error as Error) : explained(error, broker);
        report({ workload: left.shift()!, failure: failure.message });
      } finally {
        await broker?.kill();
      }
    });
  }
}

/** Half the time each with sends and transactions; nothing of it is counted. */
async function heat(broker: Broker, options: RunOptions): Promise<void> {
  for (const workload of heating) {
    const request = { ...requestOf(workload, broker, options), seconds: options.warmupSeconds / 2, warmupSeconds: 0 };
    await generated(request);
  }
}

function load(workload: Workload, broker: Broker, options: RunOptions): Promise<LoadResult> {
  const request = requestOf(workload.name, broker, options);
  if (workload.kind === 'shipped') {
    return loadByShipped(workload, { ...request, warmupSeconds: PROGRAM_WARMUP_SECONDS });
  }
  return generated(request);
}

function requestOf(workload: string, { namesrvPort, pids }: Broker, { seconds, messages }: RunOptions): LoadRequest {
  return { workload, namesrvPort, pids, seconds, warmupSeconds: ROW_WARMUP_SECONDS, messages };
}

function generated(request: LoadRequest): Promise<LoadResult> {
  const limitSeconds = Math.max(request.seconds + request.warmupSeconds + REST_OF_RUN_SECONDS, PENDING_LIMIT_SECONDS);
  return generate<LoadResult>(join(import.meta.dirname, 'load.ts'), request, limitSeconds * 1000);
}
