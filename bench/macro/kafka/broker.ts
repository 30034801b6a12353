/** What the benchmark needs of a Kafka broker: to be there or say why not, and to start on an empty folder. */

import type { RunningBroker } from '../running-broker.ts';
import type { Durability } from './workloads.ts';

export interface BrokerKind {
  /** As named by `--broker`. */
  name: 'dragoman' | 'apache';
  title: string;
  /** Undefined when it can be started here, else the reason why not. May take a while: it may have to be downloaded. */
  missing(): string | undefined;
  /** Runs on Node from its sources, so its first start has to compile. */
  compiles?: boolean;
  start(options: StartOptions): Promise<RunningBroker>;
}

export interface StartOptions {
  /** An existing empty folder for its data. */
  folder: string;
  durability: Durability;
  /** Where Node keeps what it compiled; without one, where it does by default. */
  compileCache?: string;
}
