/**
 * A broker that was started for a run, whichever it is and whatever it speaks.
 *
 * `startAnnounced` starts those that announce themselves on standard output, as Dragoman does:
 *
 *     listening kafka 127.0.0.1:41234
 *     ready in 87 ms
 *
 * `readyMs` is our own clock from before the spawn until the line was read, so it includes starting Node.
 */

import { endChild, startChild, untilReady } from './child.ts';

export interface RunningBroker {
  port: number;
  /** Root of its process tree. */
  pid: number;
  /** `performance.now()` before the process was spawned, and how long it took from there until it served. */
  startedAt: number;
  readyMs: number;
  /** Undefined while it runs, else what it said last: a broker that died explains a failed run. */
  epitaph(): string | undefined;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

const START_LIMIT_MS = 120_000;

/** `compileCache` is where Node keeps what it compiled; without one, where it does by default. */
export async function startAnnounced(
  name: string,
  listener: string,
  args: string[],
  compileCache?: string,
): Promise<RunningBroker> {
  const startedAt = performance.now();
  const child = startChild(process.execPath, args, {
    env: compileCache === undefined ? process.env : { ...process.env, NODE_COMPILE_CACHE: compileCache },
  });
  const announcement = new RegExp(`^listening ${listener} \\S+:(\\d+)$`, 'm');
  const port = await untilReady(child, name, START_LIMIT_MS, 2, () => {
    if (!/^ready in /m.test(child.output())) return undefined;
    const listening = announcement.exec(child.output());
    if (listening === null) throw new Error(`${name} announced no ${listener} listener:\n${child.output()}`);
    return Number(listening[1]);
  });
  return {
    port,
    pid: child.pid,
    startedAt,
    readyMs: performance.now() - startedAt,
    epitaph: () => (child.running() ? undefined : child.output()),
    stop: () => endChild(child, 'SIGTERM', 60_000),
    kill: () => endChild(child, 'SIGKILL'),
  };
}

/** The same error, with the broker's last words if it died. */
export function explained(error: unknown, broker: RunningBroker): Error {
  const { message } = error as Error;
  const epitaph = broker.epitaph();
  return epitaph === undefined ? (error as Error) : new Error(`${message}; the broker had ended: ${epitaph.trim()}`);
}
