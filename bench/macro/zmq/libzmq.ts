/**
 * libzmq's own measuring programs, in C: `local_thr` counts what `remote_thr` sends. They are in its source tree
 * (perf/); whoever builds them puts them on the path.
 */
import { endChild, startChild } from '../child.ts';
import { sleep } from '../clock.ts';
import type { Count } from './counter.ts';
import type { Workload } from './workloads.ts';

const LOCAL = 'local_thr';
const REMOTE = 'remote_thr';
const LIMIT_MS = 60_000;
/** About what takes two seconds; the programs stop by number and not by time. */
const BYTES = 3e9;
const MESSAGES_MAX = 8_000_000;

/** Why they can't be used; undefined if they can. */
export async function missingPrograms(): Promise<string | undefined> {
  for (const program of [LOCAL, REMOTE]) {
    const child = startChild(program, []);
    await child.exited;
    if (!child.output().includes('usage')) return `${program} is not on the path`;
  }
  return undefined;
}

export async function countByLibzmq({ bodyBytes }: Workload, address: string): Promise<Count> {
  const messages = String(Math.min(MESSAGES_MAX, Math.round(BYTES / bodyBytes)));
  const local = startChild(LOCAL, [address, String(bodyBytes), messages]);
  const remote = startChild(REMOTE, [address, String(bodyBytes), messages]);
  try {
    const inTime = await Promise.race([local.exited.then(() => true), sleep(LIMIT_MS, true).then(() => false)]);
    const rate = /mean throughput: (\d+(?:\.\d+)?) \[msg\/s\]/.exec(local.output())?.[1];
    if (!inTime || rate === undefined) throw new Error(`no figure from ${LOCAL}: ${local.output().trim()}`);
    return { rate: Number(rate) };
  } finally {
    await endChild(remote, 'SIGKILL');
    await endChild(local, 'SIGKILL');
  }
}
