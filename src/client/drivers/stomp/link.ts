/**
 * One STOMP connection: opened once, lost once. What has a receipt is a promise here.
 */
import type * as Stomp from '@stomp/stompjs';
import { ClosedError, PublishError, TimeoutError } from '../../errors.ts';
import { TcpSocket } from './socket.ts';

const CONNECT_MS = 10_000;
const HEART_BEAT_MS = 10_000;

/** Where to and as whom. */
export interface LinkAddress {
  readonly host: string;
  readonly port: number;
  readonly login: Readonly<Record<string, string>>;
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class Link {
  readonly #client: Stomp.Client;
  readonly #receipts = new Map<string, Waiting>();
  readonly #lost: (error: Error) => void;
  #count = 0;
  isOver = false;

  private constructor(client: Stomp.Client, lost: (error: Error) => void) {
    this.#client = client;
    this.#lost = lost;
  }

  /** `clientId` names the owner of durable subscriptions; `lost` is called if the connection ends by itself. */
  static async open(
    stomp: typeof Stomp,
    { host, port, login }: LinkAddress,
    clientId: string | undefined,
    lost: (error: Error) => void,
  ): Promise<Link> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const client = new stomp.Client({
      reconnectDelay: 0,
      heartbeatIncoming: HEART_BEAT_MS,
      heartbeatOutgoing: HEART_BEAT_MS,
      connectHeaders: { ...login, ...(clientId !== undefined && { 'client-id': clientId }) },
      webSocketFactory: () => new TcpSocket(host, port),
    });
    const link = new Link(client, lost);
    client.onConnect = () => resolve();
    client.onWebSocketError = (error) => reject(error);
    client.onWebSocketClose = () => {
      reject(new ClosedError(`${host}:${port} closed the connection`));
      link.#end(new ClosedError('the connection is lost'));
    };
    client.onStompError = ({ headers }) => {
      const error = new PublishError(headers['message'] ?? 'the broker refused a frame');
      reject(error);
      link.#refused(headers['receipt-id'], error);
    };
    client.onUnhandledReceipt = ({ headers }) => link.#settle(headers['receipt-id'])?.resolve();
    // The library's own timer outlives a connection that was refused.
    const timer = setTimeout(() => reject(new TimeoutError(`${host}:${port} does not answer`)), CONNECT_MS);
    client.activate();
    try {
      await promise;
    } catch (error) {
      link.isOver = true;
      await client.deactivate({ force: true });
      throw error;
    } finally {
      clearTimeout(timer);
    }
    return link;
  }

  #settle(receipt: string | undefined): Waiting | undefined {
    const waiting = this.#receipts.get(receipt ?? '');
    this.#receipts.delete(receipt ?? '');
    return waiting;
  }

  #refused(receipt: string | undefined, error: Error): void {
    const waiting = this.#settle(receipt);
    if (waiting !== undefined) waiting.reject(error);
    else this.#end(error);
  }

  #end(error: Error): void {
    if (this.isOver) return;
    this.isOver = true;
    for (const { reject } of this.#receipts.values()) reject(error);
    this.#receipts.clear();
    this.#lost(error);
  }

  #receipt(): { readonly receipt: string; readonly promise: Promise<void> } {
    if (this.isOver) throw new ClosedError('the connection is closed');
    this.#count += 1;
    const receipt = `r${this.#count}`;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#receipts.set(receipt, { resolve, reject });
    return { receipt, promise };
  }

  /** Resolves with the broker's receipt. */
  send(destination: string, headers: Record<string, string>, binaryBody: Uint8Array): Promise<void> {
    const { receipt, promise } = this.#receipt();
    this.#client.publish({ destination, headers: { ...headers, receipt }, binaryBody });
    return promise;
  }

  /** Resolves when the broker has the subscription. */
  async subscribe(
    destination: string,
    headers: Record<string, string>,
    take: (message: Stomp.IMessage) => void,
  ): Promise<void> {
    const { receipt, promise } = this.#receipt();
    this.#client.subscribe(destination, take, { ...headers, receipt });
    await promise;
  }

  /** Says goodbye and waits for the answer, so everything sent has been read. */
  async close(): Promise<void> {
    if (this.isOver) return;
    this.isOver = true;
    await this.#client.deactivate();
  }
}
