/**
 * Consumers: those of one connection, by their id; what each receives from, and what comes from the client about them.
 */
import type { DestinationName } from '../../core/destination/destination-name.ts';
import type { QueueFound } from '../../core/destination/destinations.ts';
import { selectorFilter } from '../../core/destination/selector-filter.ts';
import { isWildcard } from '../../core/destination/wildcard.ts';
import type { Destination, StructureOf } from '../../wire/openwire/structures.ts';
import type { AdvisoryDraft, AdvisoryReader } from './advisories.ts';
import { OpenWireConsumer } from './consumer.ts';
import { isAdvisory, namesOf, structureOf } from './destination-structure.ts';
import { INVALID_DESTINATION, JMS_EXCEPTION, JmsError } from './exceptions.ts';
import { keyOf } from './keys.ts';
import { openwireLimits } from './limits.ts';
import { withoutLocal } from './local-filter.ts';
import type { Member } from './node.ts';
import type { Peer } from './peer.ts';
import type { Transactions } from './transactions.ts';

interface Registered {
  readonly consumer: OpenWireConsumer;
  readonly reader: AdvisoryReader;
  readonly watches: QueueFound[];
}

export class Consumers {
  readonly #connection: Peer;
  readonly #owner: Member & { readonly clientId: string | null };
  readonly #byKey = new Map<string, Registered>();

  constructor(connection: Peer, owner: Member & { readonly clientId: string | null }) {
    this.#connection = connection;
    this.#owner = owner;
  }

  /** Whether something durable came with it. */
  add(info: StructureOf<'ConsumerInfo'>): boolean {
    const key = keyOf(info.consumerId);
    if (this.#byKey.has(key)) return false;
    if (this.#byKey.size >= openwireLimits.consumersMax) {
      throw new JmsError(JMS_EXCEPTION, `More than ${openwireLimits.consumersMax} consumers of one connection`);
    }
    if (info.destination === null) throw new JmsError(INVALID_DESTINATION, 'A consumer without a destination');
    const { node, dispatch } = this.#connection;
    const selected = selectorFilter(info.selector, node.headers);
    const filter = info.noLocal ? withoutLocal(selected, this.#owner.connectionId) : selected;
    const touch = () => this.#connection.touch();
    const consumer = new OpenWireConsumer(info, filter, { node, sink: this.#connection, dispatch, touch });
    const registered: Registered = { consumer, reader: this.#readerOf(consumer), watches: [] };
    this.#byKey.set(key, registered);
    try {
      for (const name of namesOf(info.destination)) this.#receiveFrom(registered, name);
    } catch (error) {
      this.remove(key);
      throw error;
    }
    return info.subscriptionName !== null;
  }

  #receiveFrom({ consumer, reader, watches }: Registered, name: DestinationName): void {
    const { node } = this.#connection;
    const { destinations, advisories, temporaries, namespace } = node;
    if (isAdvisory(name)) {
      consumer.advisoryTopics.push(name.name);
      advisories.subscribe(name.name, reader, temporaries.values());
    } else if (name.kind === 'topic') this.#subscribe(consumer, name);
    else if (name.isTemporary) {
      // Another connection's queue refuses.
      consumer.receiveFrom(namespace.queue(name.name, this.#owner), structureOf(name), consumer.filter);
    } else if (isWildcard(name.name)) {
      const found: QueueFound = (queue) =>
        consumer.receiveFrom(queue, { type: 'Queue', physicalName: queue.name }, consumer.filter);
      destinations.watchQueues(name.name, found);
      watches.push(found);
    } else {
      consumer.receiveFrom(destinations.queue(name.name, this.#owner), structureOf(name), consumer.filter);
    }
  }

  /** The subscription's queue drops what is not for it, so its one consumer takes everything. */
  #subscribe(consumer: OpenWireConsumer, name: DestinationName): void {
    const { destinations, temporaries } = this.#connection.node;
    const { info, filter } = consumer;
    if (name.isTemporary && !temporaries.has(name.name)) {
      throw new JmsError(INVALID_DESTINATION, `There is no temp-topic://${name.name}`);
    }
    const clientId = info.clientId ?? this.#owner.clientId ?? '';
    const durable = info.subscriptionName === null ? null : { clientId, name: info.subscriptionName };
    if (durable !== null && destinations.isSubscribed(clientId, durable.name)) {
      const who = `client: ${clientId} and subscriptionName: ${durable.name}`;
      throw new JmsError(JMS_EXCEPTION, `Durable consumer is in use for ${who}`);
    }
    const selector = info.selector ?? '';
    const queue = destinations.subscribe({ topic: name.name, durable, owner: this.#owner, filter, selector });
    consumer.subscription = queue;
    consumer.receiveFrom(queue, structureOf(name), null);
  }

  acknowledge(ack: StructureOf<'MessageAck'>, transactions: Transactions): void {
    const consumer = this.#find(ack.consumerId);
    if (consumer === undefined) return;
    const transaction = transactions.of(ack.transactionId);
    transactions.touch(ack.transactionId, consumer);
    consumer.acknowledge(ack, transaction);
  }

  pull({ consumerId, timeout }: StructureOf<'MessagePull'>): void {
    this.#find(consumerId)?.pull(timeout);
  }

  control({ consumerId, close, prefetch }: StructureOf<'ConsumerControl'>): void {
    if (close && consumerId !== null) this.remove(keyOf(consumerId));
    else this.#find(consumerId)?.setPrefetch(prefetch);
  }

  unsubscribe(clientId: string, name: string): void {
    const { destinations } = this.#connection.node;
    if (destinations.isSubscribed(clientId, name)) {
      throw new JmsError(JMS_EXCEPTION, 'Durable consumer is in use');
    }
    if (!destinations.unsubscribe(clientId, name)) {
      throw new JmsError(
        INVALID_DESTINATION,
        `No durable subscription exists for clientID: ${clientId} and subscriptionName: ${name}`,
      );
    }
  }

  remove(key: string, lastSequence?: number): void {
    const registered = this.#byKey.get(key);
    if (registered === undefined) return;
    this.#byKey.delete(key);
    const { advisories, destinations } = this.#connection.node;
    const { consumer, reader, watches } = registered;
    for (const topic of consumer.advisoryTopics) advisories.unsubscribe(topic, reader);
    for (const watch of watches) destinations.unwatchQueues(watch);
    consumer.end(lastSequence);
  }

  removeSession(session: string, lastSequence: number): void {
    for (const key of [...this.#byKey.keys()]) if (key.startsWith(session)) this.remove(key, lastSequence);
  }

  wake(): void {
    for (const { consumer } of this.#byKey.values()) consumer.wake();
  }

  end(): void {
    for (const key of [...this.#byKey.keys()]) this.remove(key);
  }

  #find(id: StructureOf<'ConsumerId'> | null): OpenWireConsumer | undefined {
    return id === null ? undefined : this.#byKey.get(keyOf(id))?.consumer;
  }

  #readerOf(consumer: OpenWireConsumer): AdvisoryReader {
    const { consumerId } = consumer;
    return {
      hear: (topic: string, message: AdvisoryDraft) => {
        const destination: Destination = { type: 'Topic', physicalName: topic };
        this.#connection.write({ type: 'MessageDispatch', consumerId, destination, message });
      },
    };
  }
}
