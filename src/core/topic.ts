/**
 * Topic: what an exchange keeps of all that passes through it, in n logs of its own that are read by offset.
 *
 *   exchange 'orders' ──bindings──▶ queues                     (as any exchange)
 *                     └──by key───▶ kept log 0 | 1 | … | n-1   (its topic)
 *
 * Logs can be added, none taken away. `settings` are what sessions want to remember about a topic (a protocol's own
 * options); the core understands retention alone.
 */
import { KEEP_ALL, type KeptLog, type Retention } from './kept-log.ts';
import { NO_ARGUMENTS, type Table } from './value.ts';

/** The exchange that has it. */
export interface TopicHome {
  readonly name: string;
  readonly durable: boolean;
}

export class Topic {
  readonly home: TopicHome;
  logs: readonly KeptLog[] = [];
  retention: Retention = KEEP_ALL;
  settings: Table = NO_ARGUMENTS;
  deleted = false;

  constructor(home: TopicHome) {
    this.home = home;
  }

  get name(): string {
    return this.home.name;
  }
}
