/**
 * The x-arguments of queue.declare: what each known one must look like, and the refusal where it does not.
 *
 * Unknown arguments are accepted and kept. Those whose behaviour is not built yet are checked all the same, so that
 * a program's mistake is told now and its stored declaration is valid later.
 */
import { Num, type Table, type Value } from '../../core/value.ts';
import { REPLY } from '../../wire/amqp091/constants.ts';
import { AmqpError, refuse, typeName } from './errors.ts';

const PRIORITY_MAX = 255;
const TTL_MS_MAX = 315_360_000_000;
const OVERFLOWS: ReadonlySet<Value> = new Set(['drop-head', 'reject-publish', 'reject-publish-dlx']);
const QUEUE_TYPES: ReadonlySet<Value> = new Set(['classic', 'quorum', 'stream']);

/** The problem with a value, in RabbitMQ's words, or null. */
type Check = (value: Value, all: Table) => string | null;

const integer = (value: Value): number | null =>
  value instanceof Num && value.type !== 'float' && value.type !== 'double' && value.type !== 'timestamp'
    ? Number(value.value)
    : null;

const atLeast =
  (min: 0 | 1, max = Number.MAX_SAFE_INTEGER): Check =>
  (value) => {
    const number = integer(value);
    if (number === null) return `"expected integer, got ${typeName(value)}"`;
    if (number < 0) return `{value_negative,${number}}`;
    if (number < min) return `{value_zero,${number}}`;
    if (number > max) return `{value_too_big,${number}}`;
    return null;
  };

const priority: Check = (value) => {
  const number = integer(value);
  if (number === null) return `"expected integer, got ${typeName(value)}"`;
  if (number < 0) return `{value_negative,${number}}`;
  return number > PRIORITY_MAX ? `{max_value_exceeded,${number}}` : null;
};

const text: Check = (value) => (typeof value === 'string' ? null : `"expected longstr, got ${typeName(value)}"`);

const deadLetterKey: Check = (value, all) =>
  text(value, all) ?? (all.has('x-dead-letter-exchange') ? null : 'routing_key_but_no_dlx_defined');

const CHECKS: Readonly<Record<string, Check>> = {
  'x-expires': atLeast(1, TTL_MS_MAX),
  'x-message-ttl': atLeast(0, TTL_MS_MAX),
  'x-max-length': atLeast(0),
  'x-max-length-bytes': atLeast(0),
  'x-max-priority': priority,
  'x-dead-letter-exchange': text,
  'x-dead-letter-routing-key': deadLetterKey,
  'x-overflow': (value, all) => text(value, all) ?? (OVERFLOWS.has(value) ? null : 'invalid_overflow'),
  'x-single-active-consumer': (value) =>
    typeof value === 'boolean' ? null : `"expected boolean, got ${typeName(value)}"`,
  'x-queue-type': (value, all) =>
    text(value, all) ?? (QUEUE_TYPES.has(value) ? null : `"unsupported queue type '${String(value)}'"`),
};

/** What a redeclaration must repeat. */
export const COMPARED_ARGUMENTS: readonly string[] = Object.keys(CHECKS);

export function checkQueueArguments(queue: string, vhost: string, args: Table, durable: boolean): void {
  for (const [name, value] of args) {
    const problem = CHECKS[name]?.(value, args) ?? null;
    if (problem !== null) throw refuse.invalidArgument(name, 'queue', queue, vhost, problem);
  }
  const type = args.get('x-queue-type');
  if (!durable && (type === 'quorum' || type === 'stream')) {
    throw new AmqpError(
      REPLY.preconditionFailed,
      `invalid property 'non-durable' for queue '${queue}' in vhost '${vhost}'`,
    );
  }
}

/** The logs that a queue needs: one for each priority from 0 to its maximum. */
export function priorityLevels(args: Table): number {
  const max = args.get('x-max-priority');
  return max instanceof Num ? Number(max.value) + 1 : 1;
}

/** An absent type and "classic" are the same. */
export function withoutDefaults(args: Table): Table {
  if (args.get('x-queue-type') !== 'classic') return args;
  const kept = new Map(args);
  kept.delete('x-queue-type');
  return kept;
}
