/**
 * What the load declares: its queues and exchanges, once for the life of the data folder, and further queues that come
 * and go.
 *
 * A restart must bring back every durable object whose declare-ok arrived and none whose delete-ok did. An object
 * whose reply was still under way when the broker died may be there or not.
 */
import type { Channel, ChannelModel } from 'amqplib';
import type { Ledger } from './ledger.ts';
import type { Random } from './random.ts';

export const FAN = 'crash.fan';
export const JOBS = 'crash.jobs';
export const DONE = 'crash.done';
export const BACKLOG = 'crash.backlog';
export const FAN_A = 'crash.fan.a';
export const FAN_B = 'crash.fan.b';
/** Not durable: it and what is in it end with the broker. */
export const FAN_VOLATILE = 'crash.fan.volatile';
export const DURABLE_QUEUES = [JOBS, DONE, BACKLOG, FAN_A, FAN_B] as const;
export const VOLATILE_QUEUES = [FAN_VOLATILE] as const;

/** Queues that a publish to the fan-out exchange reaches. */
export const FAN_QUEUES = [FAN_A, FAN_B, FAN_VOLATILE] as const;

export async function declareDurable(channel: Channel): Promise<void> {
  await channel.assertExchange(FAN, 'fanout', { durable: true });
  for (const queue of DURABLE_QUEUES) await channel.assertQueue(queue, { durable: true });
  for (const queue of [FAN_A, FAN_B]) await channel.bindQueue(queue, FAN, '');
}

export async function declareVolatile(channel: Channel): Promise<void> {
  await channel.assertQueue(FAN_VOLATILE, { durable: false });
  await channel.bindQueue(FAN_VOLATILE, FAN, '');
}

/** Asks without declaring; a 404 costs the channel, so each question has its own. */
export async function exists(connection: ChannelModel, queue: string): Promise<boolean> {
  const channel = await connection.createChannel();
  channel.on('error', () => {});
  try {
    await channel.checkQueue(queue);
    await channel.close();
    return true;
  } catch (error) {
    if (/404/.test(String(error))) return false;
    throw error;
  }
}

export class ComingAndGoing {
  private readonly there = new Set<string>();
  private readonly gone = new Set<string>();
  private made = 0;

  async change(channel: Channel, random: Random): Promise<void> {
    if (this.there.size < 5 || random.chance(0.5)) {
      this.made += 1;
      const queue = `crash.extra.${this.made}`;
      await channel.assertQueue(queue, { durable: true });
      this.there.add(queue);
      return;
    }
    const queue = random.pick([...this.there]);
    this.there.delete(queue);
    await channel.deleteQueue(queue);
    this.gone.add(queue);
  }

  /** After a restart. */
  async check(connection: ChannelModel, ledger: Ledger): Promise<void> {
    for (const queue of this.there) {
      if (!(await exists(connection, queue))) ledger.report(`queue ${queue} was declared and is lost`);
    }
    for (const queue of this.gone) {
      if (await exists(connection, queue)) ledger.report(`queue ${queue} was deleted and came back`);
    }
    this.gone.clear();
    for (const queue of VOLATILE_QUEUES) {
      if (await exists(connection, queue)) ledger.report(`queue ${queue} is not durable and survived`);
    }
  }
}
