/**
 * Starts a server that announces itself on standard output, as Dragoman and the ceiling do:
 *
 *     listening amqp 127.0.0.1:41234
 *     ready in 87 ms
 *
 * `readyMs` is our own clock from before the spawn until the line was read, so it includes starting Node.
 */

import { endChild, startChild, untilReady } from '../child.ts';
import type { RunningBroker } from './broker.ts';

const START_LIMIT_MS = 120_000;

export async function startByLine(name: string, args: string[], compileCache?: string): Promise<RunningBroker> {
  const startedAt = performance.now();
  const child = startChild(process.execPath, args, {
    env: compileCache === undefined ? process.env : { ...process.env, NODE_COMPILE_CACHE: compileCache },
  });
  const port = await untilReady(child, name, START_LIMIT_MS, 2, () => {
    if (!/^ready in /m.test(child.output())) return undefined;
    const listening = /^listening amqp \S+:(\d+)$/m.exec(child.output());
    if (listening === null) throw new Error(`${name} announced no amqp listener:\n${child.output()}`);
    return Number(listening[1]);
  });
  return {
    port,
    pid: child.pid,
    readyMs: performance.now() - startedAt,
    epitaph: () => (child.running() ? undefined : child.output()),
    stop: () => endChild(child, 'SIGTERM', 60_000),
    kill: () => endChild(child, 'SIGKILL'),
  };
}
