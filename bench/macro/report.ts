/**
 * Turns measurements into a table on the terminal and into a pair of files under `bench/results/`:
 *
 *     2026-11-23-1a2b3c4-amqp.md      for people: machine, command line, tables
 *     2026-11-23-1a2b3c4-amqp.json    for later comparison: every single run
 *
 * A working copy with changes is named `1a2b3c4+`, one without any commit `uncommitted`.
 */

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

export function median(values: number[]): number {
  const sorted = values.filter((value) => Number.isFinite(value)).sort((a, b) => a - b);
  if (sorted.length === 0) return Number.NaN;
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function commit(): string {
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    const changed = git('status', '--porcelain', '--', 'src', 'bin', 'package-lock.json') !== '';
    return git('rev-parse', '--short', 'HEAD') + (changed ? '+' : '');
  } catch {
    return 'uncommitted';
  }
}

/** One line about where the figures come from. */
export function machine(): string {
  const gib = Math.round(totalmem() / 2 ** 30);
  const load = loadavg()[0]!.toFixed(2);
  const cpu = `${cpus()[0]?.model ?? 'unknown processor'} x ${availableParallelism()}`;
  return `${cpu}, ${gib} GiB, Linux ${release()}, Node ${process.versions.node}, load ${load} at the start`;
}

/** A Markdown table with padded columns, so that it reads well on a terminal too. */
export function markdownTable(head: string[], rows: string[][]): string {
  const widths = head.map((title, i) => Math.max(title.length, 3, ...rows.map((row) => (row[i] ?? '').length)));
  const line = (cells: string[]): string => `| ${widths.map((w, i) => (cells[i] ?? '').padEnd(w)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/** Figures for people: three digits that matter, thousands separated, a dash for what was not measured. */
export function figure(value: number, unit = ''): string {
  if (!Number.isFinite(value)) return '-';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits }) + unit;
}

export function save(name: string, markdown: string, data: unknown): string {
  const folder = join(root, 'bench', 'results');
  mkdirSync(folder, { recursive: true });
  const stem = join(folder, `${new Date().toISOString().slice(0, 10)}-${commit()}-${name}`);
  writeFileSync(`${stem}.md`, `${markdown}\n`);
  writeFileSync(`${stem}.json`, `${JSON.stringify(data, null, 1)}\n`);
  return `${stem}.md`;
}
