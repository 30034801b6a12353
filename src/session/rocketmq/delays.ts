/**
 * Delays: messages that are to be delivered at a time, by delay level, by timer, or because they were sent back.
 *
 * They wait in the core's hold log, durably, and are placed in their queue when their time has come. Until then they
 * can be recalled, by the offset at which they wait; a recall handle has it behind what RocketMQ writes into one.
 */
import { HOLD } from '../../core/hold-table.ts';
import type { GroupNumber, Offset } from '../../core/ids.ts';
import type { Message } from '../../core/message.ts';
import type { Namespace } from '../../core/namespace.ts';
import type { Held } from '../../core/prepared.ts';
import type { Destination } from './topic-catalog.ts';

/** As far ahead as RocketMQ's timers reach. */
export const TIMER_DELAY_MS_MAX = 3 * 24 * 3_600_000;

export class Delays {
  readonly #namespace: Namespace;

  constructor(namespace: Namespace) {
    this.#namespace = namespace;
  }

  /** Held once the group is committed. `key` is by what bindings route it. */
  deliverAt(timeMs: number, destination: Destination, queueId: number, key: string, message: Message): Held {
    const { exchange } = destination;
    const terms = { until: 'time', at: timeMs, group: '', name: '' } as const;
    return this.#namespace.prepared.hold([{ exchange, key, log: queueId, message }], terms);
  }

  /** Takes back what waits at `offset` for that topic and time; null if there is no such thing. */
  recall(offset: Offset, topic: string, timeMs: number): GroupNumber | null {
    const { prepared } = this.#namespace;
    const hold = prepared.find(offset);
    if (hold === null || hold.state !== HOLD.DELAYED || hold.at !== timeMs) return null;
    return prepared.target(hold).exchange === topic ? prepared.cancel(offset) : null;
  }
}
