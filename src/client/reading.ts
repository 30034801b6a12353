/**
 * What listeners, batch listeners and iterators may be told, and what that means for the driver. The scheme of the
 * connection decides at compile time which of it may be said; here it is checked again for those who have no compiler.
 */
import type { If } from './capabilities.ts';
import type { Driver, Source } from './driver.ts';
import { CapabilityError } from './errors.ts';
import { deadLettersFor, type ErrorClass, type FailureRules } from './failures.ts';
import { fixed, type RetryPolicy } from './retry.ts';
import type { AnyTopic } from './topic.ts';

const PREFETCH = 100;
/** How long a delivery may be out at least, when it is in no lane. */
const HOLD_MS = 300_000;

interface AcknowledgedOptions {
  /**
   * When a failed message is tried again: `exponential()`, `fixed()`, or false for never. Twice more after 5 s each if
   * nothing is said. It waits in the broker and holds up nobody.
   */
  readonly retry?: RetryPolicy | false;
  /**
   * Where messages go that nobody could handle: true (`<topic>.<group>.dead`), another queue's name, or false: dropped.
   */
  readonly deadLetter?: boolean | string;
  /** Errors that make further attempts useless; `ValidationError` and `FatalError` always do. */
  readonly fatal?: readonly ErrorClass[];
}

interface GroupOptions {
  /** Who shares the messages of a topic; the connection's `group` if it has one. Queues need none. */
  readonly group?: string;
}

interface FilterOptions {
  /**
   * amqp, memory: binding patterns, e.g. `'eu.*'`; rocketmq: tags, `'paid || sent'`; stomp: a selector, `'price > 3'`.
   */
  readonly filter?: string;
}

interface OffsetOptions {
  /** Where a group begins that has read nothing yet; `'earliest'`. */
  readonly from?: 'earliest' | 'latest';
}

/** What all that read may be told. */
export type ReadingOptions<S extends string> = {
  /** At most so many messages are out at a time; 100, or the concurrency if that is more. */
  readonly prefetch?: number;
} & If<S, 'groups', GroupOptions> &
  If<S, 'filter', FilterOptions> &
  If<S, 'offsets', OffsetOptions> &
  If<S, 'acknowledges', AcknowledgedOptions>;

/** The same, for the inside, where the scheme is not known. */
export type LooseReadingOptions = { readonly prefetch?: number } & GroupOptions &
  FilterOptions &
  OffsetOptions &
  AcknowledgedOptions;

/** What a reception works by. */
export interface Reading {
  readonly source: Source;
  readonly rules: FailureRules;
  readonly partitions: number | undefined;
}

function prefetchOf(prefetch: number | undefined, least: number): number {
  if (prefetch === undefined) return Math.max(PREFETCH, least);
  if (!Number.isSafeInteger(prefetch) || prefetch < 1) throw new RangeError(`prefetch: ${prefetch}; at least 1`);
  return prefetch;
}

/** The group that reads a topic; none for queues and for drivers without groups. */
export function groupOf(driver: Driver, topic: AnyTopic, group: string | undefined): string | undefined {
  if (topic.destination.kind !== 'topic' || !driver.capabilities.groups) return undefined;
  if (group === undefined) throw new TypeError(`topic ${topic.destination.name}: say which group reads it`);
  return group;
}

function checkCapabilities({ scheme, capabilities }: Driver, options: LooseReadingOptions): void {
  const { group, filter, from, retry, deadLetter, fatal } = options;
  const check = (name: 'groups' | 'filter' | 'offsets' | 'acknowledges', option: string, value: unknown): void => {
    if (value !== undefined && !capabilities[name]) throw new CapabilityError(scheme, name, `leave out ${option}`);
  };
  check('groups', 'group', group);
  check('filter', 'filter', filter);
  check('offsets', 'from', from);
  check('acknowledges', 'retry', retry);
  check('acknowledges', 'deadLetter', deadLetter);
  check('acknowledges', 'fatal', fatal);
}

/** Checks the options and adds what was not said. */
export function readingOf(
  driver: Driver,
  topic: AnyTopic,
  options: LooseReadingOptions,
  defaultGroup: string | undefined,
  least: number,
): Reading {
  checkCapabilities(driver, options);
  const { acknowledges } = driver.capabilities;
  const { destination, partitions } = topic;
  const group = groupOf(driver, topic, options.group ?? defaultGroup);
  const { retry = fixed(), deadLetter = true, fatal = [], filter, from } = options;
  return {
    source: { destination, group, prefetch: prefetchOf(options.prefetch, least), filter, from, holdMs: HOLD_MS },
    rules: {
      destination,
      group,
      retry: acknowledges && retry !== false ? retry : undefined,
      deadLetters: acknowledges ? deadLettersFor(destination, group, deadLetter) : undefined,
      fatal,
    },
    partitions,
  };
}
