/**
 * What becomes of a message that a handler could not handle. Non-blocking on every broker: the message moves on, what
 * is behind it is not held up, and it waits in the broker, so a restart changes nothing.
 *
 *     handler throws ──► attempts left ──► publish to the lane of its delay, confirmed ──► ack
 *                   └──► none, or fatal ─► publish to the dead letters, confirmed ───────► ack
 *
 * A crash between publish and ack makes a second copy, never none; the message id is the same in both.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Driver } from './driver.ts';
import { FatalError, ValidationError } from './errors.ts';
import { deadLettersOf, destinationText, laneOf } from './lanes.ts';
import { type Destination, HEADER, type Outgoing } from './message.ts';
import type { FailureSink, Message } from './received.ts';
import type { RetryPolicy } from './retry.ts';

const REASON_CHARACTERS_MAX = 1_000;
const PAUSE_MS = 100;
const PAUSE_MAX_MS = 5_000;

/** A class of errors. */
// biome-ignore lint/suspicious/noExplicitAny: an error's constructor may take anything
export type ErrorClass = abstract new (...args: any[]) => Error;

/** Where a listener's failed messages go. */
export interface FailureRules {
  readonly destination: Destination;
  readonly group: string | undefined;
  readonly retry: RetryPolicy | undefined;
  /** undefined: exhausted messages are dropped. */
  readonly deadLetters: Destination | undefined;
  readonly fatal: readonly ErrorClass[];
}

/** The dead letters of a listener's options. */
export function deadLettersFor(
  destination: Destination,
  group: string | undefined,
  choice: boolean | string,
): Destination | undefined {
  if (choice === false) return undefined;
  return choice === true ? deadLettersOf(destination, group) : { kind: 'queue', name: choice };
}

export class Failures implements FailureSink {
  readonly #driver: Pick<Driver, 'publish'>;
  readonly #rules: FailureRules;
  readonly #report: (error: unknown, message: Message) => void;
  readonly #stopping: AbortSignal;

  constructor(
    driver: Pick<Driver, 'publish'>,
    rules: FailureRules,
    report: (error: unknown, message: Message) => void,
    stopping: AbortSignal,
  ) {
    this.#driver = driver;
    this.#rules = rules;
    this.#report = report;
    this.#stopping = stopping;
  }

  async settleFailed(message: Message, error: unknown): Promise<void> {
    this.#report(error, message);
    const outgoing = this.#moved(message, error);
    if (outgoing !== undefined && !(await this.#publish(outgoing, message))) message.release();
    else message.ack();
  }

  #isFatal(error: unknown): boolean {
    if (error instanceof ValidationError || error instanceof FatalError) return true;
    return this.#rules.fatal.some((kind) => error instanceof kind);
  }

  /** The message on its way to a lane or to the dead letters. */
  #moved(message: Message, error: unknown): Outgoing | undefined {
    const { destination, group, retry, deadLetters } = this.#rules;
    const { attempt, key, body } = message;
    const delayMs = this.#isFatal(error) ? undefined : retry?.delayAfter(attempt);
    const to = delayMs === undefined ? deadLetters : laneOf(destination, group, delayMs);
    if (to === undefined) return undefined;
    const headers: Record<string, string> = {
      ...message.headers,
      [HEADER.attempt]: String(attempt),
      [HEADER.reason]: (error instanceof Error ? error.message : String(error)).slice(0, REASON_CHARACTERS_MAX),
      [HEADER.failure]: error instanceof Error ? error.name : typeof error,
      [HEADER.origin]: destinationText(destination),
    };
    if (group !== undefined) headers[HEADER.group] = group;
    const [firstLane] = retry?.lanes ?? [];
    if (delayMs !== undefined) headers[HEADER.notBefore] = String(Date.now() + delayMs);
    else if (firstLane !== undefined) headers[HEADER.replayTo] = laneOf(destination, group, firstLane).name;
    return { destination: to, key, headers, body };
  }

  /** Until it is confirmed, or nobody waits for it any more. */
  async #publish(outgoing: Outgoing, message: Message): Promise<boolean> {
    for (let pauseMs = PAUSE_MS; !message.isSettled; pauseMs = Math.min(pauseMs * 2, PAUSE_MAX_MS)) {
      try {
        await this.#driver.publish([outgoing]);
        return true;
      } catch (error) {
        this.#report(error, message);
        if (this.#stopping.aborted) return false;
        await sleep(pauseMs, undefined, { signal: this.#stopping }).catch(() => undefined);
      }
    }
    return false;
  }
}
