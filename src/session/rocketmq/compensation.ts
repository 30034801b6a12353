/**
 * Compensation: what undoes an operation, stored together with the message that tells of it.
 *
 *     property DRAGOMAN_COMPENSATION of an ordinary message, as JSON:
 *       { "checkAfterMs": 60000,
 *         "messages": [ { "topic": "stock", "body": "…", "tags": "release", "keys": "…", "properties": {} }, … ] }
 *
 *     message ─────▶ in its queue at once        ┐ one commit group
 *     compensations ▶ held, group = producer's   ┘
 *        after checkAfterMs the group is asked (check-back): COMMIT = the operation succeeded, they are dropped;
 *        ROLLBACK = it failed, they are placed in their topics; no answer = it is asked again
 *
 * What the group is asked about is the first of them. Each has the property DRAGOMAN_COMPENSATES, the unique key of the
 * message that it came with, so that who is asked knows which operation is meant. Instead of `body` there can be
 * `bodyBase64`.
 */

import type { Namespace } from '../../core/namespace.ts';
import type { HeldMessage } from '../../core/prepared.ts';
import { hasSeparator, PROPERTIES_BYTES_MAX, PROPERTY, propertiesOf } from '../../wire/rocketmq/properties.ts';
import { RESPONSE } from '../../wire/rocketmq/response-codes.ts';
import type { Channel } from './channel.ts';
import { REGION } from './property-draft.ts';
import { type Reply, refusal } from './reply.ts';
import { RocketmqMessage } from './rocketmq-message.ts';
import { AUTO_CREATE_QUEUES, AUTO_CREATE_TOPIC } from './system-topics.ts';
import type { TopicCatalog } from './topic-catalog.ts';
import type { UniqueKeys } from './unique-keys.ts';

export const COMPENSATION = 'DRAGOMAN_COMPENSATION';
const COMPENSATES = 'DRAGOMAN_COMPENSATES';

const MESSAGES_MAX = 100;
const CHECK_AFTER_MS_MAX = 30 * 24 * 3_600_000;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** What is to be sent if the operation fails. */
interface Undoing {
  readonly topic: string;
  readonly body: Uint8Array;
  readonly properties: Readonly<Record<string, string>>;
}

interface Plan {
  readonly checkAfterMs: number;
  readonly messages: readonly Undoing[];
}

/** Compensations that can be held: nothing about them can be refused any more, but for limits. */
export interface Compensation {
  readonly checkAfterMs: number;
  readonly held: readonly HeldMessage[];
}

export interface CompensationsOptions {
  readonly namespace: Namespace;
  readonly topics: TopicCatalog;
  readonly uniqueKeys: UniqueKeys;
  readonly cluster: string;
}

export class Compensations {
  readonly #options: CompensationsOptions;

  constructor(options: CompensationsOptions) {
    this.#options = options;
  }

  /** Reads the property of a message with that unique key. Makes topics that are missing, as sending to them would. */
  prepare(text: string, compensates: string, { bornHost, storeHost }: Channel): Compensation | Reply {
    const plan = planOf(text);
    if (typeof plan === 'string') return refusal(RESPONSE.MESSAGE_ILLEGAL, `${COMPENSATION}: ${plan}`);
    const { namespace, topics, uniqueKeys, cluster } = this.#options;
    const held: HeldMessage[] = [];
    for (const { topic, body, properties: given } of plan.messages) {
      const destination = topics.forSend(topic, AUTO_CREATE_TOPIC, AUTO_CREATE_QUEUES);
      if (!('exchange' in destination)) return destination;
      const properties = propertiesOf({
        ...given,
        [COMPENSATES]: compensates,
        [PROPERTY.UNIQUE_KEY]: uniqueKeys.next(),
        [PROPERTY.MSG_REGION]: REGION,
        [PROPERTY.TRACE_SWITCH]: 'true',
        [PROPERTY.CLUSTER]: cluster,
      });
      if (properties.length > PROPERTIES_BYTES_MAX) {
        return refusal(RESPONSE.MESSAGE_ILLEGAL, `${COMPENSATION}: the properties of a message are too large`);
      }
      const message = new RocketmqMessage();
      const queueId = destination.anyQueue();
      const { clock } = namespace.environment;
      message.topic = destination.nameBytes;
      message.queueId = queueId;
      message.bornTimestamp = clock.now;
      message.bornHost = bornHost;
      message.storeHost = storeHost;
      message.body = body;
      message.bodyEnd = body.length;
      message.properties = properties;
      message.propertiesEnd = properties.length;
      message.seal(clock.now);
      held.push({ exchange: destination.exchange, key: given[PROPERTY.KEYS] ?? '', log: queueId, message });
    }
    return { checkAfterMs: plan.checkAfterMs, held };
  }

  hold({ checkAfterMs, held }: Compensation, group: string): void {
    const { prepared, environment } = this.#options.namespace;
    prepared.hold(held, { until: 'failure', at: environment.clock.now + checkAfterMs, group, name: '' });
  }
}

// ── What the property says ──

type Fields = Readonly<Record<string, unknown>>;

/** A text: what is wrong with it. */
function planOf(text: string): Plan | string {
  const plan = parsed(text);
  if (!isRecord(plan)) return 'not a JSON object';
  const { checkAfterMs, messages, ...others } = plan;
  for (const name of Object.keys(others)) return `${JSON.stringify(name)} is not known`;
  if (!isDelay(checkAfterMs)) return `checkAfterMs is a whole number from 0 to ${CHECK_AFTER_MS_MAX}`;
  if (!Array.isArray(messages) || messages.length === 0 || messages.length > MESSAGES_MAX) {
    return `messages is a list of 1 to ${MESSAGES_MAX}`;
  }
  const read: Undoing[] = [];
  for (const message of messages) {
    const undoing = isRecord(message) ? undoingOf(message) : 'a message is a JSON object';
    if (typeof undoing === 'string') return undoing;
    read.push(undoing);
  }
  return { checkAfterMs, messages: read };
}

function undoingOf({ topic, body, bodyBase64, tags, keys, properties = {}, ...others }: Fields): Undoing | string {
  for (const name of Object.keys(others)) return `${JSON.stringify(name)} is not known`;
  if (typeof topic !== 'string') return 'a message has a topic';
  const bytes = bytesOf(body, bodyBase64);
  if (bytes === null || bytes.length === 0) return 'a message has a body or a bodyBase64, which is not empty';
  if (!isRecord(properties)) return 'properties is a JSON object';
  const texts: Record<string, string> = {};
  const named = {
    ...properties,
    ...(tags === undefined ? {} : { TAGS: tags }),
    ...(keys === undefined ? {} : { KEYS: keys }),
  };
  for (const [name, value] of Object.entries(named)) {
    if (typeof value !== 'string') return 'tags, keys and properties are texts';
    if (name === '' || hasSeparator(name) || hasSeparator(value))
      return 'a property has a character that is not allowed';
    texts[name] = value;
  }
  return { topic, body: bytes, properties: texts };
}

function bytesOf(body: unknown, base64: unknown): Uint8Array | null {
  if (typeof body === 'string' && base64 === undefined) return Buffer.from(body);
  const isEncoded = typeof base64 === 'string' && body === undefined && BASE64.test(base64);
  return isEncoded ? Buffer.from(base64, 'base64') : null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isDelay(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= CHECK_AFTER_MS_MAX;
}
