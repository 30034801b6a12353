/** What a broker's processes use: processor time since their start, and memory now. */

import { readFileSync } from 'node:fs';
import { treeUsage } from './process-tree.ts';

export interface Usage {
  cpuMs: number;
  rssBytes: number;
  /** Of `rssBytes`, what is not files mapped into memory, which the system can take back. */
  anonymousBytes: number;
}

export function usageOf(pids: readonly number[]): Usage {
  const total: Usage = { cpuMs: 0, rssBytes: 0, anonymousBytes: 0 };
  for (const pid of pids) {
    const { cpuMs, rssBytes } = treeUsage(pid);
    total.cpuMs += cpuMs;
    total.rssBytes += rssBytes;
    total.anonymousBytes += anonymousBytes(pid);
  }
  return total;
}

/** Of the root alone: neither broker has children of any size. */
function anonymousBytes(pid: number): number {
  try {
    const kib = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return Number(kib) * 1024;
  } catch {
    return Number.NaN;
  }
}
