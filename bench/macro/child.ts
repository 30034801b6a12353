/**
 * Starts the processes of a benchmark and makes sure that they end with it.
 *
 * Every child is remembered by its process id until it has exited; when the benchmark itself ends, however it ends,
 * what is left is killed. Nothing is ever killed by name.
 */

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { sleep } from './clock.ts';

export interface Child {
  pid: number;
  /** What it has written to standard output and standard error so far. */
  output: () => string;
  exited: Promise<number | null>;
  running: () => boolean;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));

const KEPT_CHARACTERS = 100_000;

export function startChild(command: string, args: string[], options: SpawnOptions = {}): Child {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const keep = (text: string): void => {
    output = (output + text).slice(-KEPT_CHARACTERS);
  };
  child.stdout?.setEncoding('utf8').on('data', keep);
  child.stderr?.setEncoding('utf8').on('data', keep);
  running.add(child);
  const exited = new Promise<number | null>((resolve) => {
    child.on('error', (error) => {
      keep(`${error.message}\n`);
      running.delete(child);
      resolve(null);
    });
    child.on('exit', (code) => {
      running.delete(child);
      resolve(code);
    });
  });
  return { pid: child.pid ?? -1, output: () => output, exited, running: () => running.has(child) };
}

/** Asks a child to end by `signal`; kills it after `patienceMs`. */
export async function endChild(child: Child, signal: NodeJS.Signals, patienceMs = 10_000): Promise<void> {
  if (!child.running()) return;
  process.kill(child.pid, signal);
  const ended = await Promise.race([child.exited.then(() => true), sleep(patienceMs, true).then(() => false)]);
  if (ended || !child.running()) return;
  process.kill(child.pid, 'SIGKILL');
  await child.exited;
}

/** Polls until `ready` answers something; fails when the child ends or time is up. */
export async function untilReady<T>(
  child: Child,
  name: string,
  limitMs: number,
  pauseMs: number,
  ready: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const until = performance.now() + limitMs;
  for (;;) {
    const answer = await ready();
    if (answer !== undefined) return answer;
    if (!child.running()) throw new Error(`${name} ended while starting:\n${child.output()}`);
    if (performance.now() > until) throw new Error(`${name} is not ready after ${limitMs} ms:\n${child.output()}`);
    await sleep(pauseMs);
  }
}
