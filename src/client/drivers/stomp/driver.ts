/**
 * `stomp://host:61613`: ActiveMQ and Dragoman (dialect `activemq`), over @stomp/stompjs on plain TCP.
 *
 *     topic `orders`                  `/topic/orders`
 *     group `billing` of it           durable subscription `billing.orders` of a client id of that name; like all
 *     durable
 *                                     subscriptions of JMS it has one listener at a time
 *     queue `mails`                   `/queue/mails`
 *     replies                         a temporary queue of the connection
 *
 * Brokers make destinations when they are used; nobody can ask whether one is there.
 */
import type * as Stomp from '@stomp/stompjs';
import { CAPABILITIES } from '../../capabilities.ts';
import type {
  Declaration,
  Driver,
  DriverOptions,
  OpenDriver,
  ReplyAddress,
  Sink,
  Source,
  Subscription,
} from '../../driver.ts';
import { CapabilityError, ClosedError } from '../../errors.ts';
import { newName } from '../../ids.ts';
import type { Delivery, Destination, Outgoing } from '../../message.ts';
import { loadPeer } from '../peer.ts';
import { singleFetch } from '../single-fetch.ts';
import { Link, type LinkAddress } from './link.ts';
import { StompSubscription } from './subscription.ts';
import { frameHeadersOf, pathOf, StompDelivery } from './translation.ts';

const PORT = 61_613;

class StompDriver implements Driver {
  readonly scheme = 'stomp';
  readonly capabilities = CAPABILITIES.stomp;
  readonly #stomp: typeof Stomp;
  readonly #address: LinkAddress;
  readonly #report: DriverOptions['report'];
  readonly #sends = new Set<Promise<unknown>>();
  #publishing: Promise<Link> | undefined;
  #replies: Sink | undefined;
  #isClosed = false;

  constructor(stomp: typeof Stomp, address: LinkAddress, { report }: DriverOptions) {
    this.#stomp = stomp;
    this.#address = address;
    this.#report = report;
  }

  /** Opens the connection by which messages are sent and replies arrive, also again after it was lost. */
  link(): Promise<Link> {
    if (this.#isClosed) return Promise.reject(new ClosedError('the connection is closed'));
    this.#publishing ??= this.#openLink();
    return this.#publishing;
  }

  async #openLink(): Promise<Link> {
    try {
      const link = await Link.open(this.#stomp, this.#address, undefined, (error) => this.#lost(error));
      this.#report('connected');
      return link;
    } catch (error) {
      this.#publishing = undefined;
      throw error;
    }
  }

  #lost(error: Error): void {
    this.#publishing = undefined;
    this.#report('disconnected', error);
    this.#replies?.failed(error);
    this.#replies = undefined;
  }

  async publish(batch: readonly Outgoing[]): Promise<void> {
    const link = await this.link();
    const all = Promise.all(
      batch.map((message) => link.send(pathOf(message.destination), frameHeadersOf(message), message.body)),
    );
    this.#sends.add(all);
    try {
      await all;
    } finally {
      this.#sends.delete(all);
    }
  }

  async subscribe(source: Source, sink: Sink): Promise<Subscription> {
    const { destination, group, filter, prefetch } = source;
    const isDurable = destination.kind === 'topic' && group !== undefined;
    const name = isDurable ? `${group}.${destination.name}` : undefined;
    const headers: Record<string, string> = { ack: 'client-individual', 'activemq.prefetchSize': String(prefetch) };
    if (name !== undefined) headers['activemq.subscriptionName'] = name;
    if (filter !== undefined) headers['selector'] = filter;
    const subscription = new StompSubscription(source, sink);
    const link = await Link.open(this.#stomp, this.#address, name, (error) => subscription.lost(error));
    try {
      await subscription.start(link, pathOf(destination), headers);
    } catch (error) {
      await link.close();
      throw error;
    }
    return subscription;
  }

  fetch(source: Source, timeoutMs: number, signal: AbortSignal | undefined): Promise<Delivery | undefined> {
    return singleFetch(this, source, timeoutMs, signal);
  }

  async replies(sink: Sink): Promise<ReplyAddress> {
    const link = await this.link();
    const name = `/temp-queue/replies-${newName()}`;
    const destination: Destination = { kind: 'reply', name };
    this.#replies = sink;
    await link.subscribe(name, { ack: 'auto' }, (message) => sink.deliver(new StompDelivery(message, destination)));
    return { name, close: async () => undefined };
  }

  async declare(_declarations: readonly Declaration[], mode: 'create' | 'expect'): Promise<void> {
    if (mode === 'expect') throw new CapabilityError(this.scheme, 'topology', "leave out topology: 'expect'");
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await Promise.allSettled(this.#sends);
    const link = await this.#publishing?.catch(() => undefined);
    await link?.close();
  }
}

/** Opens a connection over @stomp/stompjs. */
export const open: OpenDriver = async (url, options) => {
  const stomp = await loadPeer('@stomp/stompjs', 'stomp', () => import('@stomp/stompjs'));
  const login: Record<string, string> = { host: url.searchParams.get('vhost') ?? '/' };
  if (url.username !== '') {
    login['login'] = decodeURIComponent(url.username);
    login['passcode'] = decodeURIComponent(url.password);
  }
  const address = { host: url.hostname, port: url.port === '' ? PORT : Number(url.port), login };
  const driver = new StompDriver(stomp, address, options);
  // So that a broker that is not there is noticed now.
  await driver.link();
  return driver;
};
