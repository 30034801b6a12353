/**
 * The load programs that Apache RocketMQ ships, unmodified: `benchmark.Producer` and `benchmark.TransactionProducer`,
 * over its own Java client with 64 threads. They send until they are ended, to a topic with 1,024 queues that the
 * original has from the start.
 *
 *     Current Time: ... | Send TPS: 21034 | Max RT(ms): 52 | Average RT(ms): 3.021 | Send Failed: 0 | ...
 *
 * Each second, from the tenth on, they print the rate of the ten seconds before; the last one that they print counts.
 * Where checks are looked at, TransactionProducer is slow, leaves half of its transactions undecided and decides most
 * of them when asked. It counts checks that it did not expect, as the message had been decided, and checks that came
 * twice.
 */

import { endChild, startChild } from '../child.ts';
import { sleep } from '../clock.ts';
import { treeUsage } from '../process-tree.ts';
import { inFolder } from '../scratch-folder.ts';
import { usageOf } from '../usage.ts';
import { classPath, missingJars } from './apache-jars.ts';
import { createTopic } from './caller.ts';
import type { LoadRequest, LoadResult } from './load.ts';
import type { Workload } from './workloads.ts';

const TOPIC = 'BenchmarkTest';
const TOPIC_QUEUES = 1024;
/** What their rates are the average of. */
const AVERAGED_SECONDS = 10;
/** Undecided at first, at a check, and rolled back at one; milliseconds between a thread's sends. */
const CHECKED = ['-su', '0.5', '-cu', '0.3', '-cr', '0.3', '-i', '10'];
/** Until the original has checked twice: messages are immune for 6 s, and it looks each 30 s. */
const CHECKED_SECONDS = 75;
const SAMPLE_MS = 250;

export const missingPrograms = missingJars;

export async function loadByShipped(workload: Workload, request: LoadRequest): Promise<LoadResult> {
  const { namesrvPort, pids } = request;
  await createTopic(namesrvPort, TOPIC, TOPIC_QUEUES);
  const program = `org.apache.rocketmq.example.benchmark.${workload.program}`;
  const options = ['-n', `127.0.0.1:${namesrvPort}`, '-s', String(workload.bodyBytes), '-w', String(workload.window)];
  options.push('-ri', '1000');
  if (workload.checks === true) options.push(...CHECKED);
  const countedSeconds = workload.checks === true ? CHECKED_SECONDS : AVERAGED_SECONDS + 1;
  return inFolder(undefined, async (home) => {
    const java = ['-Xmx512m', `-Duser.home=${home}`, '-cp', classPath, program, ...options];
    const child = startChild('java', java, { cwd: home });
    try {
      await sleep(request.warmupSeconds * 1000);
      const from = { at: performance.now(), broker: usageOf(pids).cpuMs, client: treeUsage(child.pid).cpuMs };
      let rssMaxBytes = 0;
      while (performance.now() < from.at + countedSeconds * 1000) {
        if (!child.running()) throw new Error(`${program} ended:\n${child.output()}`);
        rssMaxBytes = Math.max(rssMaxBytes, usageOf(pids).rssBytes);
        await sleep(SAMPLE_MS);
      }
      const seconds = (performance.now() - from.at) / 1000;
      const brokerMs = usageOf(pids).cpuMs - from.broker;
      const clientMs = treeUsage(child.pid).cpuMs - from.client;
      const report = lastReport(child.output());
      return {
        phase: {
          seconds,
          messages: Math.round(report.rate * seconds),
          rate: report.rate,
          p50Us: Number.NaN,
          p99Us: Number.NaN,
          cpuUsPerMessage: (brokerMs * 1000) / (report.rate * seconds),
          brokerCores: brokerMs / 1000 / seconds,
          clientCores: clientMs / 1000 / seconds,
          rssMaxBytes,
        },
        said: report.said,
      };
    } finally {
      await endChild(child, 'SIGKILL');
    }
  });
}

/** The rate, and what went wrong over all of the run. */
function lastReport(output: string): { rate: number; said: string } {
  const lines = output.split('\n').filter((line) => line.includes('Send TPS:'));
  const last = lines.at(-1);
  if (last === undefined) throw new Error(`no rate was printed:\n${output.slice(-2000)}`);
  const sum = (name: string): number => {
    const pattern = new RegExp(`\\| ${name}: +(\\d+)`);
    // Each line counts the ten seconds before it.
    const tenth = lines.filter((_, index) => (lines.length - 1 - index) % AVERAGED_SECONDS === 0);
    return tenth.reduce((total, line) => total + Number(pattern.exec(line)?.[1] ?? 0), 0);
  };
  const counts = ['Check', 'UnexpectedCheck', 'DuplicatedCheck'].map((name) => `${name} ${sum(name)}`);
  const failed = Math.max(...lines.map((line) => Number(/Send Failed: (\d+)/.exec(line)?.[1])));
  const said = [`Send Failed ${failed}`, ...(last.includes('UnexpectedCheck') ? counts : [])].join(', ');
  return { rate: Number(/Send TPS: +(\d+)/.exec(last)?.[1]), said };
}
