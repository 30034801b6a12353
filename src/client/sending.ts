/**
 * What may be said when a message is sent, and how a value becomes a message.
 */
import type { If } from './capabilities.ts';
import type { Driver } from './driver.ts';
import { type Duration, millisecondsOf } from './duration.ts';
import { CapabilityError } from './errors.ts';
import { newMessageId } from './ids.ts';
import { HEADER, type Headers, type Outgoing } from './message.ts';
import { encoded, headersOf, type Topic } from './topic.ts';

interface Always {
  readonly signal?: AbortSignal;
}

interface HeaderOptions {
  /** Instead of what the topic's `key` says. */
  readonly key?: string;
  readonly headers?: Headers;
  /** Instead of a new one: two messages of one id are one to an inbox. */
  readonly id?: string;
}

interface DelayOptions {
  /** Visible to listeners only then. */
  readonly delay?: Duration;
}

interface PriorityOptions {
  /** 0 to 9, the highest first. */
  readonly priority?: number;
}

interface TagOptions {
  /** The second half of `topic:tag`. */
  readonly tag?: string;
}

/** What may be said about a message. */
export type SendOptions<S extends string> = Always &
  If<S, 'headers', HeaderOptions> &
  If<S, 'delay', DelayOptions> &
  If<S, 'priority', PriorityOptions> &
  If<S, 'tag', TagOptions>;

/** The same, for the inside. */
export type LooseSendOptions = Always & HeaderOptions & DelayOptions & PriorityOptions & TagOptions;

const NOTHING: LooseSendOptions = {};

function checkCapabilities({ scheme, capabilities }: Driver, options: LooseSendOptions): void {
  const { delay, priority, tag, key, headers, id } = options;
  const check = (name: 'delay' | 'priority' | 'tag' | 'headers', option: string, value: unknown): void => {
    if (value !== undefined && !capabilities[name]) throw new CapabilityError(scheme, name, `leave out ${option}`);
  };
  check('delay', 'delay', delay);
  check('tag', 'tag', tag);
  check('headers', 'key', key);
  check('headers', 'headers', headers);
  check('headers', 'id', id);
  check('priority', 'priority', priority);
  if (priority === undefined) return;
  if (!Number.isSafeInteger(priority) || priority < 0 || priority > 9) throw new RangeError(`priority: ${priority}`);
}

function outgoing<Input>(
  topic: Topic<Input, unknown, unknown>,
  value: Input,
  body: Uint8Array,
  options: LooseSendOptions,
): Outgoing {
  const key = options.key ?? topic.key?.(value);
  const headers = headersOf(topic, value, options.id ?? newMessageId(), options.headers);
  const { destination } = topic;
  if (options === NOTHING) return { destination, key, headers, body };
  if (options.tag !== undefined) headers[HEADER.tag] = options.tag;
  const delayMs = options.delay === undefined ? undefined : millisecondsOf(options.delay);
  return { destination, key, headers, body, delayMs, priority: options.priority };
}

/** The message for a value; a promise only if the topic's schema answers with one. */
export function messageOf<Input>(
  driver: Driver,
  topic: Topic<Input, unknown, unknown>,
  value: Input,
  options: LooseSendOptions = NOTHING,
): Outgoing | Promise<Outgoing> {
  if (options !== NOTHING) checkCapabilities(driver, options);
  const body = encoded(topic as Topic<Input>, value);
  if (body instanceof Promise) return body.then((bytes) => outgoing(topic, value, bytes, options));
  return outgoing(topic, value, body, options);
}
