/**
 * Requests that wait for their replies, matched by correlation id. The place where replies arrive is opened with the
 * first request and again when it was lost; a request whose reply address is gone is told so at once.
 */
import type { Driver, ReplyAddress } from './driver.ts';
import { ClientError, ClosedError, TimeoutError } from './errors.ts';
import { newMessageId } from './ids.ts';
import { type Delivery, HEADER, type Outgoing } from './message.ts';

/** The handler at the other end threw. */
export class RemoteError extends ClientError {
  override readonly name = 'RemoteError';
  /** The name of the error there. */
  readonly failure: string;

  constructor(failure: string, reason: string) {
    super(reason);
    this.failure = failure;
  }
}

interface Waiting {
  readonly resolve: (reply: Delivery) => void;
  readonly reject: (error: unknown) => void;
}

export class Requests {
  readonly #driver: Driver;
  readonly #waiting = new Map<string, Waiting>();
  #address: Promise<ReplyAddress> | undefined;

  constructor(driver: Driver) {
    this.#driver = driver;
  }

  /** Sends the request and resolves with the reply. */
  async send(message: Outgoing, timeoutMs: number, signal: AbortSignal | undefined): Promise<Delivery> {
    signal?.throwIfAborted();
    const { name } = await this.#open();
    const correlation = newMessageId();
    const { promise, resolve, reject } = Promise.withResolvers<Delivery>();
    this.#waiting.set(correlation, { resolve, reject });
    const late = (): void => reject(new TimeoutError(`no reply in ${timeoutMs} ms`));
    const timer = setTimeout(late, timeoutMs);
    const abort = (): void => reject(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      const headers = { ...message.headers, [HEADER.correlationId]: correlation, [HEADER.replyTo]: name };
      const sent = this.#driver.publish([{ ...message, headers }]);
      sent.catch(reject);
      return await promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      this.#waiting.delete(correlation);
    }
  }

  #open(): Promise<ReplyAddress> {
    this.#address ??= this.#driver
      .replies({ deliver: (reply) => this.#arrived(reply), failed: (error) => this.#lost(error) })
      .catch((error: unknown) => {
        this.#address = undefined;
        throw error;
      });
    return this.#address;
  }

  #arrived(reply: Delivery): void {
    const waiting = this.#waiting.get(reply.headers[HEADER.correlationId] ?? '');
    if (waiting === undefined) return;
    const failure = reply.headers[HEADER.failure];
    if (failure === undefined) waiting.resolve(reply);
    else waiting.reject(new RemoteError(failure, reply.headers[HEADER.reason] ?? ''));
  }

  #lost(error: Error): void {
    this.#address = undefined;
    const lost = new ClosedError('the reply address was lost', { cause: error });
    for (const { reject } of this.#waiting.values()) reject(lost);
  }

  async close(): Promise<void> {
    const address = this.#address;
    this.#lost(new ClosedError('the connection was closed'));
    await address?.then((one) => one.close()).catch(() => undefined);
  }
}
