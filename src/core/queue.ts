/**
 * Queue: a name, 1..n logs by priority level, and one shared Subscription over them that trims what is settled.
 *
 *   logs[0] lowest priority ... logs[n-1] highest; the subscription reads them from the highest down
 *
 * An exclusive queue belongs to a session (its `owner`, an object known by identity) and ends with it. An auto-delete
 * queue ends with its last consumer, once it had one.
 */
import type { Binding, Endpoint } from './binding.ts';
import type { Consumer } from './consumer.ts';
import type { QueueDefinition } from './definition.ts';
import { CoreError } from './errors.ts';
import type { Log } from './ports.ts';
import type { Counters } from './statistics.ts';
import { type GetOutcome, Subscription } from './subscription.ts';
import type { Environment } from './turn.ts';
import type { Table } from './value.ts';

/** Whoever opened a session: a connection. Only its identity counts. */
export type Owner = object;

/** The namespace as a queue sees it. */
export interface QueueKeeper {
  readonly name: string;
  /** Its last consumer left and it is to be deleted. */
  abandoned(queue: Queue): void;
}

export interface QueueTraits {
  readonly name: string;
  readonly durable: boolean;
  readonly exclusive: boolean;
  readonly autoDelete: boolean;
  readonly arguments: Table;
}

export class Queue implements Endpoint {
  readonly kind = 'queue';
  /** Unique in this process; routes are known by these. */
  readonly id: number;
  readonly name: string;
  readonly durable: boolean;
  readonly exclusive: boolean;
  readonly autoDelete: boolean;
  readonly arguments: Table;
  readonly owner: Owner | null;
  readonly logs: readonly Log[];
  readonly subscription: Subscription;
  readonly incoming = new Set<Binding>();
  visit = 0;
  deleted = false;

  private readonly keeper: QueueKeeper;
  /** The ends of its logs when it came to life here. */
  private readonly base: number;

  constructor(
    environment: Environment,
    keeper: QueueKeeper,
    id: number,
    traits: QueueTraits,
    logs: readonly Log[],
    owner: Owner | null,
  ) {
    this.keeper = keeper;
    this.id = id;
    this.name = traits.name;
    this.durable = traits.durable;
    this.exclusive = traits.exclusive;
    this.autoDelete = traits.autoDelete;
    this.arguments = traits.arguments;
    this.owner = owner;
    this.logs = logs;
    this.base = endOf(logs);
    this.subscription = new Subscription(environment, [...logs].reverse());
    if (this.autoDelete) this.subscription.onDetached = () => this.left();
  }

  get levels(): number {
    return this.logs.length;
  }

  get consumerCount(): number {
    return this.subscription.consumers.length;
  }

  /** Messages that a consumer could be given now. */
  get ready(): number {
    return this.subscription.total - this.subscription.pending;
  }

  /** Delivered and not settled. */
  get unacked(): number {
    return this.subscription.pending;
  }

  get total(): number {
    return this.subscription.total;
  }

  /** Payload bytes of all of them. */
  get bytes(): number {
    return this.subscription.totalBytes;
  }

  /** Messages that became visible here since start. */
  get published(): number {
    return endOf(this.logs) - this.base;
  }

  get counters(): Counters {
    return this.subscription.counters;
  }

  attach(consumer: Consumer): void {
    try {
      this.subscription.attach(consumer);
    } catch (error) {
      if (!(error instanceof CoreError)) throw error;
      throw new CoreError(error.code, { ...error.facts, name: this.name, namespace: this.keeper.name });
    }
  }

  get(consumer: Consumer): GetOutcome {
    return this.subscription.get(consumer);
  }

  purge(): number {
    return this.subscription.purge();
  }

  definition(): QueueDefinition {
    return {
      kind: 'queue',
      namespace: this.keeper.name,
      name: this.name,
      autoDelete: this.autoDelete,
      arguments: this.arguments,
      logs: this.logs.map((log) => log.id),
    };
  }

  private left(): void {
    if (this.consumerCount === 0 && !this.deleted) this.keeper.abandoned(this);
  }
}

function endOf(logs: readonly Log[]): number {
  let end = 0;
  for (const log of logs) end += log.end;
  return end;
}
