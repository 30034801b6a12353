/**
 * What a broker costs: resident memory and processor time of a process and all its descendants, read from `/proc`.
 *
 * A broker is judged with everything it started (Erlang's port helper, a Node started by a Node), so the sums run
 * over the tree. Processor time is that of all threads; the kernel counts it in ticks of 10 ms, so measure over
 * seconds. Linux only: elsewhere every figure is NaN and the tables show a dash.
 */

import { readdirSync, readFileSync } from 'node:fs';

const TICK_MS = 10;
const PAGE_BYTES = 4096;

export interface TreeUsage {
  /** Processor time used so far by the living processes of the tree, user and system. */
  cpuMs: number;
  rssBytes: number;
}

export function treeUsage(rootPid: number): TreeUsage {
  const usage: TreeUsage = { cpuMs: 0, rssBytes: 0 };
  const pids = tree(rootPid);
  if (pids.length === 0) return { cpuMs: Number.NaN, rssBytes: Number.NaN };
  for (const pid of pids) {
    const fields = statFields(pid);
    if (fields === undefined) continue;
    // Fields are counted from the state (field 3 of proc(5)): utime is field 14, stime 15, rss 24.
    usage.cpuMs += (Number(fields[11]) + Number(fields[12])) * TICK_MS;
    usage.rssBytes += Number(fields[21]) * PAGE_BYTES;
  }
  return usage;
}

function tree(rootPid: number): number[] {
  const children = new Map<number, number[]>();
  let found = false;
  for (const name of list('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const fields = statFields(pid);
    if (fields === undefined) continue;
    if (pid === rootPid) found = true;
    const parent = Number(fields[1]);
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [pid]);
    else siblings.push(pid);
  }
  if (!found) return [];
  const pids = [rootPid];
  for (let i = 0; i < pids.length; i++) pids.push(...(children.get(pids[i]!) ?? []));
  return pids;
}

/** The fields after the command name, which may itself hold blanks and brackets. */
function statFields(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
