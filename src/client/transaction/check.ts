/**
 * The question that check-back asks: what became of the transaction that this message belongs to?
 */
import type { Verdict } from '../driver.ts';
import { ClientError } from '../errors.ts';
import { type Delivery, type Destination, HEADER, type Headers, type Outgoing } from '../message.ts';
import { decoded, type Topic } from '../topic.ts';

/** An undecided message, as `check` sees it. */
export class CheckedMessage {
  readonly destination: Destination;
  readonly key: string | undefined;
  readonly headers: Headers;
  readonly body: Uint8Array;

  constructor({ destination, key, headers, body }: Pick<Delivery | Outgoing, keyof CheckedMessage & keyof Outgoing>) {
    this.destination = destination;
    this.key = key;
    this.headers = headers;
    this.body = body;
  }

  /** The id that `local` saw. */
  get id(): string {
    return this.headers[HEADER.messageId] ?? '';
  }

  /** The value, if it belongs to that topic. */
  as<Output>(topic: Topic<never, Output>): Output | Promise<Output> {
    return decoded(topic, this);
  }
}

/** Answers what became of it; `unknown` and a throw have it asked again later. */
export type Check = (message: CheckedMessage) => Verdict | Promise<Verdict>;

/** Whether that is an answer; JavaScript's programs may say anything. */
export function verdictIn(answer: unknown): Verdict {
  if (answer === 'commit' || answer === 'rollback' || answer === 'unknown') return answer;
  throw new TypeError(`check answered ${JSON.stringify(answer)}; it can be 'commit', 'rollback' or 'unknown'`);
}

/**
 * It is not known what became of the transaction; `check` will be asked. `send` rejects with it when the answer of the
 * broker or the store was lost, and a `local` throws it when it cannot say whether its own database has committed.
 */
export class UndecidedError extends ClientError {
  override readonly name = 'UndecidedError';
}

/** The transaction was decided the other way meanwhile, by `check` or by hand. */
export class DecidedError extends ClientError {
  override readonly name = 'DecidedError';
}
