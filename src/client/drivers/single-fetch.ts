/**
 * One message, for drivers whose protocol has no cheaper way: subscribe with a prefetch of one, take the first, leave.
 */
import type { Driver, Source, Subscription } from '../driver.ts';
import type { Delivery } from '../message.ts';

/** The first delivery of the source, acknowledged; undefined after the timeout. */
export async function singleFetch(
  driver: Pick<Driver, 'subscribe'>,
  source: Source,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Delivery | undefined> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<Delivery | undefined>();
  const timer = setTimeout(resolve, timeoutMs, undefined);
  const abort = (): void => reject(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  let subscription: Subscription | undefined;
  try {
    const sink = { deliver: resolve, failed: reject };
    subscription = await driver.subscribe({ ...source, prefetch: 1 }, sink);
    const delivery = await promise;
    if (delivery !== undefined) subscription.ack(delivery);
    return delivery;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
    await subscription?.close();
  }
}
