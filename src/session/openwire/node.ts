/**
 * OpenWireNode: what all OpenWire connections of a broker share: the namespace and its destinations, who is there by
 * which id, the temporary destinations, and what is remembered of producers.
 */
import type { Broker } from '../../core/broker.ts';
import type { Destinations } from '../../core/destination/destinations.ts';
import { EntryHeaders } from '../../core/destination/entry-headers.ts';
import type { Namespace } from '../../core/namespace.ts';
import { Advisories, type Temporary } from './advisories.ts';
import { ExclusiveTurns } from './exclusive-turns.ts';
import { ProducerMemory } from './producer-memory.ts';

/** A connection as the others see it. */
export interface Member {
  readonly connectionId: string;
  /** Another connection has taken over its id. */
  replaced(): void;
}

export interface OpenWireSurroundings {
  readonly broker: Broker;
  readonly namespace: Namespace;
  readonly destinations: Destinations;
  /** Unlike that of any other broker, and of this one in its last life. */
  readonly brokerId: string;
  /** Synchronous, constant time, with the rules for loopback. */
  authenticate(user: string, password: string, remoteAddress: string): boolean;
  /** Is who gives no login let in from there? */
  letsIn(remoteAddress: string): boolean;
  /** What no client should be able to cause. */
  onFault(error: unknown): void;
}

/** Deliveries of one consumer, at the most; 2^53 of them are enough for four million consumers. */
const SEQUENCES_EACH = 2 ** 31;

export class OpenWireNode {
  readonly broker: Broker;
  readonly namespace: Namespace;
  readonly destinations: Destinations;
  readonly brokerId: string;
  readonly surroundings: OpenWireSurroundings;
  readonly headers: EntryHeaders;
  readonly advisories = new Advisories();
  readonly exclusiveTurns = new ExclusiveTurns();
  readonly producers = new ProducerMemory();
  /** By connection id, and by client id. */
  readonly connections = new Map<string, Member>();
  readonly clients = new Map<string, Member>();
  /** By name. */
  readonly temporaries = new Map<string, Temporary>();
  #sequences = 0;

  constructor(surroundings: OpenWireSurroundings) {
    this.surroundings = surroundings;
    this.broker = surroundings.broker;
    this.namespace = surroundings.namespace;
    this.destinations = surroundings.destinations;
    this.brokerId = surroundings.brokerId;
    this.headers = new EntryHeaders(surroundings.broker.formats);
  }

  /** Each consumer numbers its deliveries from another one on: so none takes an acknowledgement that is not its own. */
  nextSequences(): number {
    this.#sequences = (this.#sequences + SEQUENCES_EACH) % Number.MAX_SAFE_INTEGER;
    return this.#sequences;
  }
}
