/**
 * HalfMessages: messages of transactions, which nobody sees until their producer says what became of the transaction.
 *
 *     hold ─▶ waits ──commit──▶ in its queue              the first decision counts, the same again is well,
 *               │    └rollback─▶ gone                      the opposite one is refused
 *               └─ its producers' group is asked, time and again (check-back)
 *
 * They wait in the core's hold log; the offset there names one, over all checks, and its locator is in the message id.
 */
import { CoreError } from '../../core/errors.ts';
import type { Offset } from '../../core/ids.ts';
import type { Message } from '../../core/message.ts';
import type { Namespace } from '../../core/namespace.ts';
import type { DecisionListener, Held } from '../../core/prepared.ts';
import type { Destination } from './topic-catalog.ts';

export type Decision = 'commit' | 'rollback';

/** `decided`: the listener is told when. The others are refusals. */
export type Ending = 'decided' | 'missing' | 'wrong-group' | 'decided-otherwise';

/** A producer may ask for no longer. */
const IMMUNITY_MS_MAX = 24 * 3_600_000;

export class HalfMessages {
  readonly #namespace: Namespace;

  constructor(namespace: Namespace) {
    this.#namespace = namespace;
  }

  /** `immunityMs`: how long the group is left in peace; null if the producer did not say, or not what is possible. */
  hold(
    group: string,
    destination: Destination,
    queueId: number,
    key: string,
    message: Message,
    immunityMs: number | null,
  ): Held {
    const { prepared, environment } = this.#namespace;
    const isSaid = immunityMs !== null && immunityMs > 0 && immunityMs <= IMMUNITY_MS_MAX;
    const at = environment.clock.now + (isSaid ? immunityMs : environment.limits.checkImmunityMs);
    const held = { exchange: destination.exchange, key, log: queueId, message };
    return prepared.hold([held], { until: 'decision', at, group, name: '' });
  }

  end(group: string, offset: Offset, decision: Decision, listener: DecisionListener): Ending {
    const { prepared } = this.#namespace;
    const hold = prepared.find(offset);
    if (hold !== null && prepared.target(hold).group !== group) return 'wrong-group';
    try {
      prepared.decide(offset, decision, listener);
      return 'decided';
    } catch (error) {
      if (!(error instanceof CoreError)) throw error;
      return error.code === 'PRECONDITION_FAILED' ? 'decided-otherwise' : 'missing';
    }
  }
}
