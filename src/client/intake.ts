/**
 * One source that stays subscribed: when the subscription breaks it is made again, with growing pauses, until it is
 * closed.
 *
 *     start ──► attached ──► broken ──► (pause, subscribe) ──► attached ...
 *                  └──────── close ───────────┴──► over
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Driver, Sink, Source, Subscription } from './driver.ts';
import { CapabilityError } from './errors.ts';
import type { Delivery, Position } from './message.ts';
import type { Attachment } from './received.ts';

const PAUSE_MS = 50;
const PAUSE_MAX_MS = 5_000;

/** What an intake tells its reception. */
export interface IntakeSink {
  deliver(delivery: Delivery, attachment: Attachment): void;
  /** It broke, or could not be made again; it is tried again anyway. */
  broken(error: Error): void;
}

/** What deliveries belong to until the driver says which subscription it is. */
class Open implements Attachment {
  subscription!: Subscription;
  isLost = false;
}

export class Intake {
  readonly #driver: Pick<Driver, 'subscribe' | 'scheme'>;
  readonly #source: Source;
  readonly #sink: IntakeSink;
  readonly #over = new AbortController();
  #attachment: Open | undefined;
  #reattaching: Promise<void> | undefined;
  #isPaused = false;

  constructor(driver: Pick<Driver, 'subscribe' | 'scheme'>, source: Source, sink: IntakeSink) {
    this.#driver = driver;
    this.#source = source;
    this.#sink = sink;
  }

  /** Rejects if the first subscription cannot be made. */
  async start(): Promise<void> {
    await this.#attach();
  }

  async #attach(): Promise<void> {
    const attachment = new Open();
    const early: Delivery[] = [];
    let isEarly = true;
    const sink: Sink = {
      deliver: (delivery) => {
        if (isEarly) early.push(delivery);
        else this.#sink.deliver(delivery, attachment);
      },
      failed: (error) => {
        if (attachment.isLost) return;
        attachment.isLost = true;
        this.#broken(error);
      },
    };
    attachment.subscription = await this.#driver.subscribe(this.#source, sink);
    this.#attachment = attachment;
    if (this.#over.signal.aborted) {
      await attachment.subscription.close();
      return;
    }
    if (this.#isPaused) attachment.subscription.pause();
    isEarly = false;
    for (const delivery of early) this.#sink.deliver(delivery, attachment);
  }

  #broken(error: Error): void {
    if (this.#over.signal.aborted) return;
    this.#sink.broken(error);
    this.#reattaching ??= this.#reattach().finally(() => {
      this.#reattaching = undefined;
    });
  }

  async #reattach(): Promise<void> {
    const { signal } = this.#over;
    for (let pauseMs = PAUSE_MS; !signal.aborted; pauseMs = Math.min(pauseMs * 2, PAUSE_MAX_MS)) {
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      try {
        await this.#attach();
        return;
      } catch (error) {
        if (!signal.aborted) this.#sink.broken(error as Error);
      }
    }
  }

  pause(): void {
    this.#isPaused = true;
    this.#attachment?.subscription.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#attachment?.subscription.resume();
  }

  async seek(position: Position): Promise<void> {
    const subscription = this.#attachment?.subscription;
    if (subscription?.seek === undefined) throw new CapabilityError(this.#driver.scheme, 'offsets', 'it cannot seek');
    await subscription.seek(position);
  }

  async close(): Promise<void> {
    this.#over.abort();
    await this.#reattaching;
    const attachment = this.#attachment;
    if (attachment === undefined || attachment.isLost) return;
    await attachment.subscription.close();
    attachment.isLost = true;
  }
}
