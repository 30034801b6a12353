/**
 * One run: a fresh folder, a fresh broker, one load, and nothing left behind.
 *
 * The load runs in a process of its own with a limit on its time, so a broker that stops answering costs a failed row
 * and not the whole benchmark.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endChild, startChild } from '../child.ts';
import { sleep } from '../clock.ts';
import type { BrokerKind, RunningBroker } from './broker.ts';
import type { LoadRequest, LoadResult } from './load.ts';
import { type Workload, workloadNamed } from './workloads.ts';

export interface RunOptions {
  seconds: number;
  warmupSeconds: number;
  /** Longest time for a deposit. */
  limitSeconds: number;
  messages?: number;
  /** Parent of the data folders. */
  folder?: string;
}

export async function measure(kind: BrokerKind, workload: Workload, options: RunOptions): Promise<LoadResult> {
  return inFolder(options.folder, async (folder) => {
    const broker = await kind.start({ folder, durability: workload.durability, durable: workload.durable });
    try {
      return await load(workload, broker, options);
    } catch (error) {
      throw explained(error, broker);
    } finally {
      await broker.kill();
    }
  });
}

/** Runs a workload in its own process against a broker that is up. */
export async function load(
  workload: Workload,
  broker: { port: number; pid: number },
  options: RunOptions,
): Promise<LoadResult> {
  const seconds = workload.kind === 'deposit' ? options.limitSeconds : options.seconds;
  const request: LoadRequest = {
    workload: workloadNamed(workload.name).name,
    port: broker.port,
    pid: broker.pid,
    seconds,
    warmupSeconds: options.warmupSeconds,
    ...(workload.kind === 'deposit' && options.messages !== undefined ? { messages: options.messages } : {}),
  };
  const child = startChild(process.execPath, [join(import.meta.dirname, 'load.ts'), JSON.stringify(request)]);
  const limitMs = (seconds + options.warmupSeconds + 30) * 1000;
  const inTime = await Promise.race([child.exited.then(() => true), sleep(limitMs, true).then(() => false)]);
  if (!inTime) {
    await endChild(child, 'SIGKILL');
    throw new Error(`no result within ${limitMs / 1000} s`);
  }
  const line = child
    .output()
    .split('\n')
    .find((text) => text.startsWith('{'));
  if (line === undefined) throw new Error(child.output().trim() || 'the generator ended without a result');
  return JSON.parse(line) as LoadResult;
}

/** The same error, with the broker's last words if it died. */
export function explained(error: unknown, broker: RunningBroker): Error {
  const { message } = error as Error;
  const epitaph = broker.epitaph();
  return epitaph === undefined ? (error as Error) : new Error(`${message}; the broker had ended: ${epitaph.trim()}`);
}

const folders = new Set<string>();
process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Gives a folder that is gone afterwards, also when the benchmark is interrupted. */
export async function inFolder<T>(parent: string | undefined, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(parent ?? tmpdir(), 'dragoman-bench-'));
  folders.add(folder);
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    folders.delete(folder);
  }
}
