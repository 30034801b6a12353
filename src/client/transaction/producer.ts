/**
 * `producer({ group, check })`: messages that are sent if, and only if, a local transaction is committed.
 *
 *     send ──► half message, seen by nobody ──► local() ──► returns: commit, it is delivered
 *                                                     └──► throws: rollback, it never was
 *     crash, or no answer ──► check(message) is asked ──► 'commit' | 'rollback' | 'unknown': asked again
 *
 * Where the broker has such transactions (RocketMQ, Dragoman by rocketmq://) it keeps the half message and asks.
 * Elsewhere an outbox does, in a store beside the service; a program that names one gets the outbox on every driver.
 */
import { ClientError } from '../errors.ts';
import type { LooseProducerOptions, Producer, ProducerHost, ProducerOptions } from './options.ts';

/** Opens a producer on a connection; it is closed with the connection. */
export async function createProducer<S extends string = string, Handle = unknown>(
  host: ProducerHost,
  options: ProducerOptions<S, Handle>,
): Promise<Producer<S, Handle>> {
  const loose = options as unknown as LooseProducerOptions;
  if (loose.group === '') throw new TypeError('a producer needs a group');
  const { scheme, capabilities } = host.driver;
  const isNative = loose.outbox === undefined;
  if (isNative && !capabilities.transactions) {
    throw new ClientError(`${scheme}:// has no transactions of its own; name an outbox, e.g. await sqliteStore(file)`);
  }
  // Only one of them is ever needed, and most programs need none.
  const producer = isNative
    ? await (await import('./native-producer.ts')).NativeProducer.open(host, loose)
    : await (await import('./outbox-producer.ts')).OutboxProducer.open(host, loose);
  host.defer(() => producer.close());
  return producer as unknown as Producer<S, Handle>;
}
