/**
 * POST /api/compensations/:vhost: a message together with what is to be sent if the operation that it belongs to fails.
 *
 *   { "group": "orders", "check_after_ms": 60000,
 *     "message": { "exchange": "orders", "routing_key": "new", "payload": "…" },             may be missing
 *     "compensations": [ { "exchange": "stock", "routing_key": "release", "payload": "…" }, … ] }
 *
 * All of it is one commit group. When the time has come, a producer of the group is asked for the outcome of the
 * operation: rolled back places the compensations, committed drops them, no answer asks again. The answer has the
 * offset under which `/api/transactions` knows it.
 */
import * as v from 'valibot';
import type { Format, Hub } from '../../core/format.ts';
import type { Message } from '../../core/message.ts';
import type { Namespace } from '../../core/namespace.ts';
import { AMQP091_FORMAT } from '../../session/amqp091/publication.ts';
import { type Action, attempt, committed, namespaceAt, parsed } from './action.ts';

const TEXT = v.pipe(v.string('a text'), v.maxLength(255, 'at most 255 characters'));

const MESSAGE = v.strictObject({
  exchange: TEXT,
  routing_key: TEXT,
  payload: v.string('a text'),
  payload_encoding: v.optional(v.picklist(['string', 'base64'], 'string or base64'), 'string'),
  headers: v.optional(v.record(TEXT, v.union([v.string(), v.boolean()], 'a text, true or false')), {}),
});

const BODY = v.strictObject({
  group: v.pipe(TEXT, v.nonEmpty('a text that is not empty')),
  check_after_ms: v.pipe(v.number('a number'), v.integer('a whole number'), v.minValue(0, 'not negative')),
  message: v.optional(MESSAGE),
  compensations: v.pipe(v.array(MESSAGE, 'a list'), v.minLength(1, 'at least one'), v.maxLength(100, 'at most 100')),
});

export const compensate: Action = async (view, place, body) => {
  const namespace = namespaceAt(view, place);
  const { group, check_after_ms: afterMs, message, compensations } = parsed(BODY, body);
  const { broker } = view;
  const format = broker.formats.get(AMQP091_FORMAT) as Format;
  const { offset, group: commitGroup } = attempt(() => {
    const held = compensations.map((each) => heldOf(namespace, format, each));
    const route = message && namespace.publishable(message.exchange).route(message.routing_key, headersOf(message));
    const terms = { until: 'failure', at: broker.clock.now + afterMs, group, name: '' } as const;
    // Both or neither: what is refused is refused before anything is written.
    const result = namespace.prepared.hold(held, terms);
    if (message && route) route.publish(format.fromHub(hubOf(message)));
    return result;
  });
  await committed(view, commitGroup);
  return { offset };
};

type Sent = v.InferOutput<typeof MESSAGE>;

function heldOf(namespace: Namespace, format: Format, sent: Sent) {
  return {
    exchange: namespace.publishable(sent.exchange),
    key: sent.routing_key,
    log: -1,
    /** Made when it is asked for: a format's message is valid until it makes the next. */
    get message(): Message {
      return format.fromHub(hubOf(sent));
    },
  };
}

function headersOf({ headers }: Sent) {
  return new Map(Object.entries(headers));
}

function hubOf(sent: Sent): Hub {
  return {
    exchange: sent.exchange,
    key: sent.routing_key,
    headers: headersOf(sent),
    body: Buffer.from(sent.payload, sent.payload_encoding === 'base64' ? 'base64' : 'utf8'),
    contentType: null,
    contentEncoding: null,
    messageId: null,
    correlationId: null,
    replyTo: null,
    subject: null,
    userId: null,
    appId: null,
    createdAt: null,
    persistent: true,
    priority: 0,
    expiresAt: 0,
  };
}
