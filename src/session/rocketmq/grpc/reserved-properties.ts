/**
 * Names of properties that are between clients and brokers: a user's own must not be called so, and consumers are not
 * told of them.
 */
import { PROPERTY } from '../../../wire/rocketmq/properties.ts';

export const TRACE_CONTEXT = 'TRACE_CONTEXT';
/** As other protocols' priorities are told; not reserved: producers have properties of that name. */
export const PRIORITY = 'priority';

const RESERVED: ReadonlySet<string> = new Set([
  ...Object.values(PROPERTY),
  TRACE_CONTEXT,
  'TIMER_OUT_MS',
  'TIMER_ENQUEUE_MS',
  'TIMER_DEQUEUE_MS',
  'TIMER_ROLL_TIMES',
  'TIMER_DEL_UNIQKEY',
  'INNER_NUM',
  'INNER_BASE',
  '__STARTDELIVERTIME',
  'EXTEND_UNIQ_INFO',
  'CRC32',
]);

export function isReserved(name: string): boolean {
  return RESERVED.has(name);
}
