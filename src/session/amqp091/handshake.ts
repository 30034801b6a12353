/**
 * Handshake: from the first byte to an open vhost. Its states are strict; a method that is not the expected one ends
 * it.
 *
 *     client            server
 *     header       ──▶
 *                  ◀──  start          mechanisms, properties
 *     start-ok     ──▶                 authenticate
 *                  ◀──  tune           limits offered
 *     tune-ok      ──▶                 limits taken, heartbeats begin
 *     open         ──▶                 the vhost exists
 *                  ◀──  open-ok
 *
 * All of it must be done before a deadline, which the connection keeps.
 */
import type { Table, Value } from '../../core/value.ts';
import { FRAME_MIN_BYTES } from '../../wire/amqp091/constants.ts';
import { encodeMethod, type Method } from '../../wire/amqp091/methods.ts';
import { encodeText } from '../../wire/amqp091/values.ts';
import { MECHANISMS } from './credentials.ts';
import { refuse } from './errors.ts';
import type { Capabilities } from './host.ts';

/** What connection.start says. Clients of RabbitMQ look at product and version to know what the broker can do. */
export interface ServerProperties {
  readonly product?: string;
  readonly version?: string;
  readonly platform?: string;
  readonly clusterName?: string;
  readonly information?: string;
}

/** Whether these are a user's name and password; synchronous, and constant in time whatever the input. */
export type Authenticate = (user: string, password: string, remoteAddress: string) => boolean;

export interface Offer {
  readonly frameBytesMax: number;
  readonly channelsMax: number;
  readonly heartbeatS: number;
}

/** What was agreed on; 0 = no limit, no heartbeats. */
export interface Tuning {
  readonly frameBytesMax: number;
  readonly channelsMax: number;
  readonly heartbeatS: number;
}

/** The connection as the handshake sees it. */
export interface HandshakeHost {
  readonly capabilities: Capabilities;
  readonly remoteAddress: string;
  send(frame: Uint8Array): void;
  authenticated(user: string, clientProperties: Table): void;
  tuned(tuning: Tuning): void;
  /** Opens the vhost or throws. */
  open(vhost: string): void;
}

const SERVER_CAPABILITIES = [
  'publisher_confirms',
  'exchange_exchange_bindings',
  'basic.nack',
  'consumer_cancel_notify',
  'connection.blocked',
  'consumer_priorities',
  'authentication_failure_close',
  'per_consumer_qos',
  'direct_reply_to',
] as const;

const DEFAULTS = {
  product: 'RabbitMQ',
  version: '4.1.0',
  platform: 'Dragoman',
  clusterName: 'dragoman',
  information: 'Dragoman, compatible with RabbitMQ',
} as const;

export class Handshake {
  #expected: 'start-ok' | 'tune-ok' | 'open' | 'nothing' = 'start-ok';
  readonly #host: HandshakeHost;
  readonly #authenticate: Authenticate;
  readonly #offer: Offer;

  constructor(host: HandshakeHost, authenticate: Authenticate, offer: Offer) {
    this.#host = host;
    this.#authenticate = authenticate;
    this.#offer = offer;
  }

  /** The protocol header was right. */
  start(properties: ServerProperties): void {
    const said = { ...DEFAULTS, ...properties };
    const serverProperties = new Map<string, Value>([
      ['capabilities', new Map<string, Value>(SERVER_CAPABILITIES.map((name) => [name, true]))],
      ['cluster_name', said.clusterName],
      ['copyright', 'The Dragoman contributors'],
      ['information', said.information],
      ['platform', said.platform],
      ['product', said.product],
      ['version', said.version],
    ]);
    this.#host.send(
      encodeMethod(0, 'connection.start', {
        versionMajor: 0,
        versionMinor: 9,
        serverProperties,
        mechanisms: encodeText([...MECHANISMS.keys()].join(' ')),
        locales: encodeText('en_US'),
      }),
    );
  }

  /** A method on channel 0 before the connection is open. */
  handle(method: Method): void {
    if (method.name === 'connection.start-ok' && this.#expected === 'start-ok') this.#startOk(method);
    else if (method.name === 'connection.tune-ok' && this.#expected === 'tune-ok') this.#tuneOk(method);
    else if (method.name === 'connection.open' && this.#expected === 'open') this.#open(method);
    else throw refuse.commandInvalid(`unexpected method ${method.name} in the handshake`);
  }

  #startOk(method: Method<'connection.start-ok'>): void {
    const told = method.clientProperties.get('capabilities');
    if (told instanceof Map) {
      const { capabilities } = this.#host;
      capabilities.consumerCancelNotify = told.get('consumer_cancel_notify') === true;
      capabilities.connectionBlocked = told.get('connection.blocked') === true;
      capabilities.authenticationFailureClose = told.get('authentication_failure_close') === true;
    }
    const mechanism = MECHANISMS.get(method.mechanism);
    if (mechanism === undefined) throw refuse.loginRefused(method.mechanism);
    const credentials = mechanism(method.response);
    if (credentials === null || !this.#authenticate(credentials.user, credentials.password, this.#host.remoteAddress)) {
      throw refuse.loginRefused(method.mechanism);
    }
    this.#host.authenticated(credentials.user, method.clientProperties as Table);
    this.#expected = 'tune-ok';
    const { channelsMax, frameBytesMax, heartbeatS } = this.#offer;
    this.#host.send(
      encodeMethod(0, 'connection.tune', { channelMax: channelsMax, frameMax: frameBytesMax, heartbeat: heartbeatS }),
    );
  }

  /** The client's word is final, within what was offered. */
  #tuneOk(method: Method<'connection.tune-ok'>): void {
    const { channelMax, frameMax, heartbeat } = method;
    const offer = this.#offer;
    checkTuned('frame_max', frameMax, FRAME_MIN_BYTES, offer.frameBytesMax);
    checkTuned('channel_max', channelMax, 1, offer.channelsMax);
    this.#expected = 'open';
    this.#host.tuned({ frameBytesMax: frameMax, channelsMax: channelMax, heartbeatS: heartbeat });
  }

  #open(method: Method<'connection.open'>): void {
    this.#expected = 'nothing';
    this.#host.open(method.virtualHost);
    this.#host.send(encodeMethod(0, 'connection.open-ok', {}));
  }
}

/** 0 asks for no limit, which is in order only where none was offered. */
function checkTuned(what: string, value: number, min: number, max: number): void {
  if (value !== 0 && value < min) throw refuse.tuneTooLow(what, value, min);
  if (max !== 0 && (value === 0 || value > max)) throw refuse.tuneTooHigh(what, value, max);
}
