/**
 * Runs a load in a process of its own with a limit on its time: every run starts with a fresh heap and unspoilt
 * compiled code, and a broker that stops answering costs a failed row and not the whole benchmark.
 *
 * The script gets its request as JSON in its one argument and prints its result as one line of JSON.
 */

import { endChild, startChild } from './child.ts';
import { sleep } from './clock.ts';

export async function generate<T>(script: string, request: unknown, limitMs: number): Promise<T> {
  const child = startChild(process.execPath, [script, JSON.stringify(request)]);
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
  return JSON.parse(line) as T;
}

/** The other end: runs `load` with the request if this file is what was started, and ends the process. */
export async function answerWith<T>(load: (request: T) => Promise<unknown>): Promise<void> {
  try {
    const result = await load(JSON.parse(process.argv[2] ?? '{}') as T);
    process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`, () => process.exit(1));
  }
}
