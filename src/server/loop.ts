/**
 * Loop: when the broker has its turn. Everything is driven by two things, a socket that has something and a timer that
 * is due, and however many of them ask, there is one turn.
 *
 *   poll: sockets' data ─▶ sessions parse, publish, settle ─▶ wake() (merged) ─▶ check: setImmediate ─▶ turn()
 *                                                                                        │
 *   timers: the one alarm for what the Schedule has next ◀──── set again after a turn ◀──┘
 *
 * The clock is read at most once before a turn: by the first event from outside (`enter`), so that what arrives after a
 * long silence is not stamped with the time of the last turn.
 */
import type { Waker } from '../core/ports.ts';
import type { ServerClock } from './clock.ts';

/** The part of the core that the loop drives. */
export interface Turning {
  turn(): void;
  eventOver(): void;
  readonly schedule: { readonly nextDue: number };
}

export class Loop implements Waker {
  /** Turns since start; something happened if it changed. */
  turns = 0;
  /** An exception came out of a turn: an invariant is broken, and nothing may be confirmed any more. */
  onBroken: ((error: unknown) => void) | null = null;
  readonly #clock: ServerClock;
  #broker: Turning | null = null;
  #asked = false;
  #stopped = false;
  /** The clock was refreshed since the last turn. */
  #fresh = false;
  #alarmAt = Number.POSITIVE_INFINITY;

  constructor(clock: ServerClock) {
    this.#clock = clock;
  }

  /** Whether a turn is asked for. */
  get pending(): boolean {
    return this.#asked;
  }

  /** Once there is a broker; what asked for a turn before is served then. */
  drive(broker: Turning): void {
    this.#broker = broker;
    if (this.#asked) setImmediate(this.#run);
  }

  /** An event from outside begins. */
  enter(): void {
    if (this.#fresh) return;
    this.#fresh = true;
    this.#clock.refresh();
    this.wake();
  }

  wake(): void {
    if (this.#asked || this.#stopped) return;
    this.#asked = true;
    if (this.#broker !== null) setImmediate(this.#run);
  }

  /** What `enter` began is over. */
  exit(): void {
    if (this.#broker === null || this.#stopped) return;
    try {
      this.#broker.eventOver();
    } catch (error) {
      this.#broken(error);
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#clock.stop();
  }

  readonly #run = (): void => {
    const broker = this.#broker;
    if (broker === null || this.#stopped) return;
    this.#asked = false;
    this.#clock.refresh();
    this.turns++;
    try {
      broker.turn();
    } catch (error) {
      return this.#broken(error);
    }
    this.#fresh = false;
    this.#setAlarm(broker.schedule.nextDue);
  };

  #broken(error: unknown): void {
    this.stop();
    if (this.onBroken === null) throw error;
    this.onBroken(error);
  }

  #setAlarm(due: number): void {
    // A deadline that moved back, as heartbeats' do with every frame, leaves the alarm: it rings early and finds
    // nothing.
    if (due === Number.POSITIVE_INFINITY || due >= this.#alarmAt) return;
    this.#alarmAt = due;
    this.#clock.alarm(Math.max(1, Math.ceil(due - this.#clock.now)), this.#ring);
  }

  readonly #ring = (): void => {
    this.#alarmAt = Number.POSITIVE_INFINITY;
    this.enter();
  };
}
