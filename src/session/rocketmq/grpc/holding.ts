/**
 * Holding: messages that are not to be delivered at once: delayed ones, and those that wait for the decision of a
 * transaction. Both wait in the core's hold log, beside those that come by the remoting protocol.
 *
 *     recall handle     as in the remoting protocol: either can take back what came by the other
 *     transaction id    the message's locator in the hold log, in decimal digits; no check changes it
 *
 * Producers of this protocol have no group. As in RocketMQ the topic stands for it: who sends to a topic may be asked
 * about its transactions, and may decide them.
 */
import { CoreError } from '../../../core/errors.ts';
import type { Namespace } from '../../../core/namespace.ts';
import type { CommitWaiter } from '../../../core/ports.ts';
import { parseRecallHandle, recallHandle } from '../../../wire/rocketmq/message-handles.ts';
import type { NamedRanges } from '../../../wire/rocketmq/named-ranges.ts';
import { CODE, type Code, RESOLUTION } from '../../../wire/rocketmq/v2/codes.ts';
import type { RequestOf, ResponseOf, SendResultEntry } from '../../../wire/rocketmq/v2/shapes.ts';
import { RocketmqWireError } from '../../../wire/rocketmq/wire-error.ts';
import { Delays, TIMER_DELAY_MS_MAX } from '../delays.ts';
import { type Ending, HalfMessages } from '../half-messages.ts';
import { HELD, Locator } from '../locator.ts';
import { publish } from '../publication.ts';
import type { RocketmqMessage } from '../rocketmq-message.ts';
import type { Destination } from '../topic-catalog.ts';
import { keyOf } from '../translation.ts';
import { topicNameOf } from './names.ts';
import { OK, Refusal } from './refusal.ts';

/** A call that is to be answered: now, by returning the response, or later. */
export interface Asked<Response> extends CommitWaiter {
  answerWhenCommitted(response: Response): void;
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

const UNDECIDABLE: Readonly<Record<Exclude<Ending, 'decided'>, readonly [code: Code, text: string]>> = {
  missing: [CODE.INVALID_TRANSACTION_ID, 'there is no such transaction, or no more'],
  'wrong-group': [CODE.INVALID_TRANSACTION_ID, 'the transaction is one of another topic'],
  'decided-otherwise': [CODE.PRECONDITION_FAILED, 'the transaction was decided otherwise'],
};

export class Holding {
  readonly #namespace: Namespace;
  readonly #brokerName: string;
  readonly #delays: Delays;
  readonly #halfMessages: HalfMessages;
  readonly #locator = new Locator();

  constructor(namespace: Namespace, brokerName: string) {
    this.#namespace = namespace;
    this.#brokerName = brokerName;
    this.#delays = new Delays(namespace);
    this.#halfMessages = new HalfMessages(namespace);
  }

  /** Journals a message that is delivered at `at`; what its producer is told once that is committed. */
  delay({ destination, queueId, message, properties, messageId }: Waiting, at: number): SendResultEntry {
    const { clock } = this.#namespace.environment;
    if (!Number.isSafeInteger(at) || at - clock.now > TIMER_DELAY_MS_MAX) {
      const text = `the delivery time is more than ${TIMER_DELAY_MS_MAX} ms ahead`;
      throw new Refusal(CODE.ILLEGAL_DELIVERY_TIME, text);
    }
    if (at <= clock.now) {
      return { status: OK, messageId, offset: publish(this.#namespace, destination, queueId, message, properties) };
    }
    const key = boundKey(destination, queueId, properties);
    const { offset } = this.#delays.deliverAt(at, destination, queueId, key, message);
    const { name } = destination;
    const handle = { topic: name, brokerName: this.#brokerName, deliverMs: at, uniqueKey: messageId, place: offset };
    return { status: OK, messageId, offset, recallHandle: recallHandle(handle) };
  }

  /** The same of a half message, about which its producers are asked after `immunityMs` (null: the default). */
  prepare(
    { destination, queueId, message, properties, messageId }: Waiting,
    immunityMs: number | null,
  ): SendResultEntry {
    const key = boundKey(destination, queueId, properties);
    const { name } = destination;
    const { offset } = this.#halfMessages.hold(name, destination, queueId, key, message, immunityMs);
    return { status: OK, messageId, offset, transactionId: this.#locator.point(HELD, offset).toString() };
  }

  /** Decides a transaction. */
  end(call: Asked<End>, { topic, transactionId, resolution }: RequestOf<'EndTransaction'>): End | null {
    const name = topicNameOf(topic);
    const locator = this.#locator;
    if (!locator.read(transactionId) || locator.log !== HELD) throw new Refusal(...UNDECIDABLE.missing);
    const decision = decisionOf(resolution);
    // Not known: it will be asked again.
    if (decision === null) return { status: OK };
    const decided = { decided: () => call.answerWhenCommitted({ status: OK }) };
    const ending = this.#halfMessages.end(name, locator.offset, decision, decided);
    if (ending !== 'decided') throw new Refusal(...UNDECIDABLE[ending]);
    return null;
  }

  /** Takes a delayed message back. */
  recall(call: Asked<Recall>, request: RequestOf<'RecallMessage'>): Recall | null {
    const name = topicNameOf(request.topic);
    const { topic, deliverMs, uniqueKey, place } = handleOf(request.recallHandle);
    if (topic !== name) throw new Refusal(CODE.BAD_REQUEST, 'recall failed, topic not match');
    const isOver = place === undefined || deliverMs <= this.#namespace.environment.clock.now;
    if (isOver || this.#recalled(place, name, deliverMs) === null) {
      throw new Refusal(CODE.BAD_REQUEST, 'recall failed, the message is not waiting any more');
    }
    call.answerWhenCommitted({ status: OK, messageId: uniqueKey });
    return null;
  }

  #recalled(place: number, topic: string, deliverMs: number): number | null {
    try {
      return this.#delays.recall(place, topic, deliverMs);
    } catch (error) {
      if (error instanceof CoreError) throw new Refusal(CODE.PRECONDITION_FAILED, 'the message is not stored yet');
      throw error;
    }
  }
}

function decisionOf(resolution: number): 'commit' | 'rollback' | null {
  if (resolution === RESOLUTION.COMMIT) return 'commit';
  return resolution === RESOLUTION.ROLLBACK ? 'rollback' : null;
}

function handleOf(text: string) {
  try {
    return parseRecallHandle(text);
  } catch (error) {
    if (error instanceof RocketmqWireError) throw new Refusal(CODE.BAD_REQUEST, error.message);
    throw error;
  }
}

/** The key, if a binding looks at it: what waits for the same place is counted together. */
function boundKey({ exchange }: Destination, queueId: number, properties: NamedRanges): string {
  return exchange.wholeRoute(queueId) === null ? keyOf(properties) : '';
}
