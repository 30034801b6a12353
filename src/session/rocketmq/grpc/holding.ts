/**
 * Holding: what becomes of messages that are not to be delivered at once: delayed ones, and those that wait for the
 * decision of a transaction. The calls go through here; so far it refuses them.
 */
import type { CommitWaiter } from '../../../core/ports.ts';
import type { NamedRanges } from '../../../wire/rocketmq/named-ranges.ts';
import { CODE } from '../../../wire/rocketmq/v2/codes.ts';
import type { RequestOf, ResponseOf, SendResultEntry } from '../../../wire/rocketmq/v2/shapes.ts';
import type { RocketmqMessage } from '../rocketmq-message.ts';
import type { Destination } from '../topic-catalog.ts';
import { Refusal } from './refusal.ts';

/** A call that is to be answered: now, by returning the response, or later. */
export interface Asked<Response> extends CommitWaiter {
  answer(response: Response): void;
  answerWhenCommitted(response: Response): void;
  /** What is answered when it is told that a group is committed. */
  keep(response: Response): void;
}

type End = ResponseOf<'EndTransaction'>;
type Recall = ResponseOf<'RecallMessage'>;

/** A message that is sealed, and where it goes when its time has come. */
export interface Waiting {
  readonly destination: Destination;
  readonly queueId: number;
  readonly message: RocketmqMessage;
  /** Its properties. */
  readonly properties: NamedRanges;
  readonly messageId: string;
}

export interface Holding {
  /** Journals a message that is delivered at `at`; what its producer is told once that is committed. */
  delay(waiting: Waiting, at: number): SendResultEntry;
  /** The same of a half message, about which its producers are asked after `immunityMs` (null: the default). */
  prepare(waiting: Waiting, immunityMs: number | null): SendResultEntry;
  /** Decides a transaction. */
  end(call: Asked<End>, request: RequestOf<'EndTransaction'>): End | null;
  /** Takes a delayed message back. */
  recall(call: Asked<Recall>, request: RequestOf<'RecallMessage'>): Recall | null;
}

export class NoHolding implements Holding {
  delay(): never {
    throw new Refusal(CODE.NOT_IMPLEMENTED, 'delayed messages are not implemented');
  }

  prepare(): never {
    throw new Refusal(CODE.NOT_IMPLEMENTED, 'transactions are not implemented');
  }

  end(): never {
    throw new Refusal(CODE.NOT_IMPLEMENTED, 'transactions are not implemented');
  }

  recall(): never {
    throw new Refusal(CODE.NOT_IMPLEMENTED, 'delayed messages are not implemented');
  }
}
