/**
 * Publishes what an outbox has decided, in the order of the decisions, and deletes what the broker has confirmed.
 *
 *     take a batch under the lease ──► publish ──► confirmed ──► delete ──► next batch … nothing left: lease given back
 *                                        └─ rejected ──► one by one ──► refused too often: parked, the rest goes on
 *                                                                  └──► no broker: pause, all of it again
 *
 * The lease lets one process at a time publish for a producer: that keeps the order when several share the store. It is
 * renewed while a batch is out, and whoever died loses it after `leaseMs`.
 *
 * A message is published a second time only if it is not known whether it was confirmed: after a crash between publish
 * and delete, or in a batch that the driver rejected as a whole. Its id is the same then, so an inbox drops it.
 */
import type { Declaration } from '../driver.ts';
import { CapabilityError, PublishError, TopologyError, ValidationError } from '../errors.ts';
import type { Outgoing } from '../message.ts';
import type { Clock } from './clock.ts';
import { Rounds } from './rounds.ts';
import type { MessageTable, StoredMessage } from './store.ts';

const BATCH_MAX = 256;
const REASON_CHARACTERS_MAX = 1_000;

/** Where a relay publishes to: a driver, and what makes missing topics. */
export interface Publisher {
  publish(batch: readonly Outgoing[]): Promise<void>;
  declare(declarations: readonly Declaration[]): Promise<void>;
}

export interface RelayOptions {
  readonly messages: Omit<MessageTable<unknown>, 'add'>;
  readonly publisher: Publisher;
  readonly producer: string;
  /** Of this process and this relay. */
  readonly owner: string;
  readonly clock: Clock;
  readonly leaseMs: number;
  readonly idleMs: number;
  /** A broker that refuses a message so often is believed. */
  readonly refusalsMax: number;
  readonly failed: (error: unknown) => void;
}

/** The message is at fault, not the way to the broker. */
function isRefusal(error: unknown): boolean {
  const kinds = [PublishError, TopologyError, CapabilityError, ValidationError, TypeError, RangeError];
  return kinds.some((kind) => error instanceof kind);
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, REASON_CHARACTERS_MAX);
}

export class Relay {
  readonly #options: RelayOptions;
  readonly #rounds: Rounds;
  /** By id; of those that are still in the store. */
  readonly #refusals = new Map<string, number>();

  constructor(options: RelayOptions) {
    this.#options = options;
    const { clock, idleMs, failed } = options;
    this.#rounds = new Rounds({ clock, idleMs, failed, round: (closing) => this.#round(closing) });
  }

  /** Something was decided. */
  wake(): void {
    this.#rounds.wake();
  }

  async #round(closing: AbortSignal): Promise<number | undefined> {
    const { messages, producer, owner, clock, leaseMs } = this.#options;
    let hasLease = false;
    try {
      for (;;) {
        const now = clock.now();
        const taken = await messages.take(producer, owner, now, now + leaseMs, BATCH_MAX);
        hasLease = taken.messages.length > 0;
        if (!hasLease) return taken.next;
        await this.#publish(taken.messages);
        if (closing.aborted) return undefined;
      }
    } finally {
      if (hasLease) await messages.release(producer, owner);
    }
  }

  async #publish(batch: readonly StoredMessage[]): Promise<void> {
    const { messages, producer, failed } = this.#options;
    try {
      await this.#send(batch);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      failed(error);
      if (batch.length === 1) await this.#refused(batch[0] as StoredMessage, error);
      else for (const one of batch) await this.#publish([one]);
      return;
    }
    await messages.remove(
      producer,
      batch.map(({ id }) => id),
    );
    if (this.#refusals.size > 0) for (const { id } of batch) this.#refusals.delete(id);
  }

  /** Parks it after the last chance; before, the whole round pauses, because its order must hold. */
  async #refused({ id }: StoredMessage, error: unknown): Promise<void> {
    const { messages, producer, refusalsMax } = this.#options;
    const refusals = (this.#refusals.get(id) ?? 0) + 1;
    if (refusals < refusalsMax) {
      this.#refusals.set(id, refusals);
      throw error;
    }
    this.#refusals.delete(id);
    await messages.park(producer, id, reasonOf(error));
  }

  async #send(batch: readonly StoredMessage[]): Promise<void> {
    const { messages, publisher, producer, owner, clock, leaseMs } = this.#options;
    let stopRenewing: () => void = () => {};
    const renewLater = (): void => {
      stopRenewing = clock.after(leaseMs / 3, () => {
        renewLater();
        messages.renew(producer, owner, clock.now() + leaseMs).catch(this.#options.failed);
      });
    };
    renewLater();
    try {
      await publisher.declare(
        batch.map(({ message, partitions }) => ({ destination: message.destination, partitions })),
      );
      await publisher.publish(batch.map(({ message }) => message));
    } finally {
      stopRenewing();
    }
  }

  /** What is out is confirmed or stays in the store. */
  close(): Promise<void> {
    return this.#rounds.close();
  }
}
