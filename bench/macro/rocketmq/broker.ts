/**
 * What the benchmark needs of a RocketMQ broker: to be there or say why not, and to start on an empty folder. A client
 * only ever gets the name server's port and finds the broker by asking there, so that is all that is passed on.
 */

import type { Durability } from './workloads.ts';

export interface BrokerKind {
  /** As named by `--broker`. */
  name: 'dragoman' | 'apache';
  title: string;
  /** Undefined when it can be started here, else the reason why not. May take a while: it may have to be downloaded. */
  missing(): string | undefined;
  /** Runs on Node from its sources, so its first start has to compile. */
  compiles?: boolean;
  start(options: StartOptions): Promise<Broker>;
}

export interface StartOptions {
  /** An existing empty folder for its data. */
  folder: string;
  durability: Durability;
  /** Where Node keeps what it compiled; without one, where it does by default. */
  compileCache?: string;
}

export interface Broker {
  namesrvPort: number;
  /** Roots of its process trees: the original is a name server and a broker. */
  pids: readonly number[];
  /** `performance.now()` before the first process was spawned, and how long it took from there until it served. */
  startedAt: number;
  readyMs: number;
  /** Undefined while it runs, else what it said last. */
  epitaph(): string | undefined;
  kill(): Promise<void>;
}

/** The same error, with the broker's last words if it died. */
export function explained(error: unknown, broker: Broker): Error {
  const epitaph = broker.epitaph();
  if (epitaph === undefined) return error as Error;
  return new Error(`${(error as Error).message}; the broker had ended: ${epitaph.trim()}`);
}
