/**
 * `npm run bench micro [word]`: runs every `*.bench.ts` of this folder whose name contains the word.
 *
 * Each case runs in a process of its own: what the compiler learned from one would change the figures of the next.
 */

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { figure, markdownTable } from '../macro/report.ts';
import { type MicroBench, measureNs } from './measure.ts';

const LIMIT_MS = 60_000;

export async function runMicro([word = '']: string[]): Promise<void> {
  const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.bench.ts') && name.includes(word));
  if (files.length === 0) throw new Error(`no file of bench/micro is called *${word}*.bench.ts`);
  for (const file of files) {
    const path = join(import.meta.dirname, file);
    const { question, cases } = await open(path);
    const times = cases.map((_, index) => inOwnProcess(path, index));
    const rows = cases.map(({ group, name }, index) => {
      const best = Math.min(...times.filter((_, other) => cases[other]!.group === group));
      return [group, name, figure(times[index]!), figure(times[index]! / best, 'x')];
    });
    console.log(`\n${question}\n\n${markdownTable(['', 'case', 'ns', 'of the best'], rows)}`);
  }
}

function inOwnProcess(path: string, index: number): number {
  const args = [import.meta.filename, path, String(index)];
  const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: LIMIT_MS });
  return Number.parseFloat(stdout);
}

const open = async (path: string): Promise<MicroBench> =>
  ((await import(pathToFileURL(path).href)) as { default: MicroBench }).default;

if (import.meta.main) {
  const [, , path = '', index = ''] = process.argv;
  const { cases } = await open(path);
  console.log(measureNs(cases[Number(index)]!));
}
