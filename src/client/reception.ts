/**
 * Everything that reads one topic for one group: the intake of the topic itself and one for each retry lane, and where
 * failures go. Listeners, batch listeners and iterators stand on it; they differ in how they hand messages over.
 *
 *     topic or queue ─ Intake ────────────────┐
 *     retry-1s ─────── Intake ─ LaneHold ─────┤──► deliver(Message)
 *     retry-2s ─────── Intake ─ LaneHold ─────┘
 */
import type { Declaration, Driver } from './driver.ts';
import { Failures } from './failures.ts';
import { Intake } from './intake.ts';
import { LaneHold } from './lane-hold.ts';
import { laneOf } from './lanes.ts';
import type { Delivery, Position } from './message.ts';
import type { Reading } from './reading.ts';
import { type Attachment, type FailureSink, Message } from './received.ts';

/** A lane's messages may be out for its delay and so much longer. */
const HANDLING_MS = 60_000;

/** What a reception needs of its connection. */
export interface ReceptionHost {
  readonly driver: Driver;
  declare(declarations: readonly Declaration[]): Promise<void>;
}

/** What a reception tells the one who opened it. */
export interface ReceptionSink {
  deliver(message: Message): void;
  /** A handler failed, or a subscription broke. */
  failed(error: unknown, message: Message | undefined): void;
}

export class Reception implements FailureSink {
  readonly #host: ReceptionHost;
  readonly #reading: Reading;
  readonly #sink: ReceptionSink;
  readonly #failures: Failures;
  readonly #main: Intake;
  readonly #intakes: Intake[];
  readonly #holds: LaneHold[] = [];
  readonly #stopping = new AbortController();
  readonly #aborting = new AbortController();
  #isStarted = false;

  constructor(host: ReceptionHost, reading: Reading, sink: ReceptionSink) {
    this.#host = host;
    this.#reading = reading;
    this.#sink = sink;
    const report = (error: unknown, message: Message): void => sink.failed(error, message);
    this.#failures = new Failures(host.driver, reading.rules, report, this.#stopping.signal);
    this.#main = this.#intake(reading.source, (delivery, attachment) => this.#deliver(delivery, attachment));
    this.#intakes = [this.#main, ...(reading.rules.retry?.lanes ?? []).map((delayMs) => this.#lane(delayMs))];
  }

  #intake(source: Reading['source'], deliver: (delivery: Delivery, attachment: Attachment) => void): Intake {
    return new Intake(this.#host.driver, source, { deliver, broken: (error) => this.#sink.failed(error, undefined) });
  }

  #lane(delayMs: number): Intake {
    const { source } = this.#reading;
    const hold = new LaneHold(delayMs, (delivery, attachment) => this.#deliver(delivery, attachment));
    this.#holds.push(hold);
    const destination = laneOf(source.destination, source.group, delayMs);
    const holdMs = delayMs + HANDLING_MS;
    const lane = { destination, group: undefined, filter: undefined, from: 'earliest', holdMs } as const;
    return this.#intake({ ...source, ...lane }, (delivery, attachment) => hold.put(delivery, attachment));
  }

  #deliver(delivery: Delivery, attachment: Attachment): void {
    const { group } = this.#reading.source;
    this.#sink.deliver(new Message(delivery, attachment, this, group, this.#aborting.signal));
  }

  settleFailed(message: Message, error: unknown): Promise<void> {
    return this.#failures.settleFailed(message, error);
  }

  /** Resolves when the broker will deliver. */
  async start(): Promise<void> {
    const { source, rules, partitions } = this.#reading;
    const { destination, group, filter } = source;
    const lanes = (rules.retry?.lanes ?? []).map((delayMs) => laneOf(destination, group, delayMs));
    const others = rules.deadLetters === undefined ? lanes : [...lanes, rules.deadLetters];
    const declarations = others.map((other): Declaration => ({ destination: other }));
    await this.#host.declare([{ destination, group, filter, partitions }, ...declarations]);
    this.#isStarted = true;
    try {
      await Promise.all(this.#intakes.map((intake) => intake.start()));
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  pause(): void {
    for (const intake of this.#intakes) intake.pause();
  }

  resume(): void {
    for (const intake of this.#intakes) intake.resume();
  }

  seek(position: Position): Promise<void> {
    return this.#main.seek(position);
  }

  /** From now on nobody waits for handlers: their signals abort. */
  abort(reason: unknown): void {
    this.#aborting.abort(reason);
    this.#stopping.abort(reason);
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    for (const hold of this.#holds) hold.clear();
    if (this.#isStarted) await Promise.all(this.#intakes.map((intake) => intake.close()));
  }
}
