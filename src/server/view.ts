/**
 * View: the running broker as those see it who only look, the HTTP listener above all. `Dragoman` implements it.
 */
import type { Broker } from '../core/broker.ts';
import type { Amqp091Connection } from '../session/amqp091/connection.ts';
import type { OpenedJournal } from '../store/journal/open.ts';
import type { Credentials } from './credentials.ts';
import type { Listener } from './listener.ts';
import type { Log } from './log.ts';
import type { Loop } from './loop.ts';

export const LISTENER_NAMES = [
  'amqp',
  'kafka',
  'rocketmq',
  'rocketmq-namesrv',
  'rocketmq-grpc',
  'openwire',
  'stomp',
  'ws',
  'zmq',
  'http',
] as const;
export type ListenerName = (typeof LISTENER_NAMES)[number];
/** Of the configured ZMTP endpoints, in their order. */
export type EndpointName = `zmq-${number}`;

/** Where a listener is bound. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface View {
  readonly options: { readonly host: string; readonly advertise: string | null; readonly log: Log };
  readonly startedAt: number;
  readonly broker: Broker;
  readonly loop: Loop;
  readonly credentials: Credentials;
  readonly addresses: ReadonlyMap<ListenerName, Address>;
  readonly amqp: Listener<Amqp091Connection>;
  /** Listening for this machine only. */
  readonly loopbackOnly: boolean;
  readonly failure: Error | null;
  readonly opened: OpenedJournal;
  /** Registers every protocol's format, once. */
  loadFormats(): Promise<void>;
}
