/**
 * When a failed message is tried again: a policy is a ladder of delays, and each rung is a retry lane.
 *
 *     exponential({ attempts: 5, base: '1s', max: '1m' })     1s 2s 4s 8s      four lanes, then the dead letters
 *     fixed({ attempts: 3, delay: '5s' })                     5s 5s            one lane
 *
 * A lane has one delay, so it is in order of due time by itself and nobody has to search in it. Therefore jitter does
 * not bend a delay: it picks, at random, the rung below instead, which spreads what failed together.
 */
import { type Duration, millisecondsOf } from './duration.ts';

/** How often, and after which delays. */
export interface RetryPolicy {
  /** The delays there are, ascending. */
  readonly lanes: readonly number[];
  /** How long to wait after so many failed attempts; undefined: no more. */
  delayAfter(attempts: number): number | undefined;
}

/** What `exponential` takes. */
export interface ExponentialOptions {
  /** How often the handler is tried in all, the first time included; 5. */
  readonly attempts?: number;
  /** The first delay; 1 s. */
  readonly base?: Duration;
  /** No delay is longer; 1 min. */
  readonly max?: Duration;
  readonly factor?: number;
  /** Spread what failed together; true. */
  readonly jitter?: boolean;
}

function attemptsOf(attempts: number): number {
  if (!Number.isSafeInteger(attempts) || attempts < 1) throw new RangeError(`attempts: ${attempts}; at least 1`);
  return attempts;
}

/** Each delay a multiple of the one before. */
export function exponential(options: ExponentialOptions = {}): RetryPolicy {
  const { factor = 2, jitter = true } = options;
  const attempts = attemptsOf(options.attempts ?? 5);
  const base = millisecondsOf(options.base ?? '1s');
  const max = millisecondsOf(options.max ?? '1m');
  if (!(factor >= 1)) throw new RangeError(`factor: ${factor}; at least 1`);
  const delays: number[] = [];
  for (let delay = base; delays.length < attempts - 1; delay *= factor) delays.push(Math.min(Math.round(delay), max));
  return {
    lanes: [...new Set(delays)],
    delayAfter(failed) {
      const rung = jitter && failed > 1 && Math.random() < 0.5 ? failed - 2 : failed - 1;
      return failed < attempts ? delays[rung] : undefined;
    },
  };
}

/** What `fixed` takes. */
export interface FixedOptions {
  /** How often the handler is tried in all, the first time included; 3. */
  readonly attempts?: number;
  /** 5 s. */
  readonly delay?: Duration;
}

/** The same delay each time. */
export function fixed(options: FixedOptions = {}): RetryPolicy {
  const attempts = attemptsOf(options.attempts ?? 3);
  const delay = millisecondsOf(options.delay ?? '5s');
  return { lanes: attempts > 1 ? [delay] : [], delayAfter: (failed) => (failed < attempts ? delay : undefined) };
}
