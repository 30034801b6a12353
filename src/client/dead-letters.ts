/**
 * Replay: dead letters go back to the group that failed at them, with a fresh count of attempts and the same message
 * id.
 *
 * They return by the group's first retry lane, due at once, so other groups of the topic see nothing of it. A group
 * without retries has no lane; then they go to where they came from, and every group of a topic gets them again.
 */
import { type Duration, millisecondsOf } from './duration.ts';
import { deadLettersOf, destinationIn } from './lanes.ts';
import { type Delivery, type Destination, HEADER, type Outgoing } from './message.ts';
import type { ReceptionHost } from './reception.ts';

const QUIET_MS = 500;
const PREFETCH = 100;

/** What `replay` may be told. */
export interface ReplayOptions {
  readonly group?: string;
  /** Another place than `<topic>.<group>.dead`. */
  readonly deadLetter?: string;
  /** At most so many; all. */
  readonly limit?: number;
  /** It is over when none came for so long; 500 ms. */
  readonly quiet?: Duration;
  readonly signal?: AbortSignal;
}

const TRACES = new Set<string>([
  HEADER.attempt,
  HEADER.notBefore,
  HEADER.reason,
  HEADER.failure,
  HEADER.origin,
  HEADER.group,
  HEADER.replayTo,
]);

function revived({ key, headers, body }: Delivery, fallback: Destination): Outgoing {
  const lane = headers[HEADER.replayTo];
  const destination =
    lane !== undefined ? ({ kind: 'queue', name: lane } as const) : destinationIn(headers[HEADER.origin]);
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !TRACES.has(name)));
  return { destination: destination ?? fallback, key, headers: kept, body };
}

/** Moves dead letters back, each published and confirmed before it is acknowledged. */
export async function replayed(
  { driver, declare }: ReceptionHost,
  origin: Destination,
  group: string | undefined,
  options: ReplayOptions,
): Promise<number> {
  const { limit = Number.POSITIVE_INFINITY, signal } = options;
  const quietMs = millisecondsOf(options.quiet ?? QUIET_MS);
  const name = options.deadLetter;
  const destination: Destination = name === undefined ? deadLettersOf(origin, group) : { kind: 'queue', name };
  await declare([{ destination }]);
  const arrived: Delivery[] = [];
  let wake: (error?: Error) => void = () => {};
  const source = { destination, group: undefined, prefetch: PREFETCH, filter: undefined, from: undefined };
  const subscription = await driver.subscribe(
    { ...source, from: 'earliest', holdMs: 60_000 },
    {
      deliver: (delivery) => {
        arrived.push(delivery);
        wake();
      },
      failed: (error) => wake(error),
    },
  );
  try {
    let count = 0;
    while (count < limit && signal?.aborted !== true) {
      if (arrived.length === 0 && !(await comes((awake) => (wake = awake), quietMs, signal))) break;
      const batch = arrived.splice(0, Math.min(arrived.length, limit - count));
      await driver.publish(batch.map((delivery) => revived(delivery, origin)));
      for (const delivery of batch) subscription.ack(delivery);
      count += batch.length;
    }
    return count;
  } finally {
    await subscription.close();
  }
}

/** Whether something comes before it has been quiet for so long. */
async function comes(
  setWake: (wake: (error?: Error) => void) => void,
  quietMs: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  setWake((error) => (error === undefined ? resolve(true) : reject(error)));
  const timer = setTimeout(resolve, quietMs, false);
  const abort = (): void => resolve(false);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}
