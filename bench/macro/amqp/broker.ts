/**
 * What the benchmark needs of a broker: to be there or say why not, to start on a folder, and to end.
 *
 * `start` may be called again on the same folder, after `stop` (in order) or `kill` (as after a crash): recovery is
 * measured that way.
 */

import type { Durability } from './workloads.ts';

export interface BrokerKind {
  /** As named by `--broker`. */
  name: 'dragoman' | 'rabbitmq' | 'ceiling';
  title: string;
  /** Undefined when it can be started here, else the reason why not. */
  missing(): string | undefined;
  /** Runs on Node from its sources, so its first start has to compile. */
  compiles?: boolean;
  start(options: StartOptions): Promise<RunningBroker>;
}

export interface StartOptions {
  /** An existing folder for its data, empty or left by the same kind of broker. */
  folder: string;
  durability: Durability;
  /** A transient workload journals nothing; only the ceiling needs to be told. */
  durable: boolean;
  /** Where Node keeps what it compiled; without one, where it does by default. */
  compileCache?: string;
}

export interface RunningBroker {
  port: number;
  pid: number;
  /** From spawning the process until it served AMQP. */
  readyMs: number;
  /** Undefined while it runs, else what it said last: a broker that died explains a failed run. */
  epitaph(): string | undefined;
  stop(): Promise<void>;
  kill(): Promise<void>;
}
