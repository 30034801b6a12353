/**
 * Handshake: what the two sides say between greeting and traffic, as a state machine without I/O.
 *
 *     NULL     both    READY ->                   as soon as the greetings are through; nobody waits for the other
 *     PLAIN    client  HELLO ->      server
 *                            <- WELCOME           or ERROR, or nothing at all
 *                      INITIATE ->
 *                            <- READY
 *
 * A server asks its host about a peer and gets a verdict, perhaps later; until then `waiting` is set and no further
 * bytes may be given. Throws a ZmtpError for what the peer does wrong; what it should be told first is in `farewell`.
 */
import {
  type Credentials,
  errorCommand,
  helloCommand,
  isMisspeltError,
  metadataCommand,
  misspeltErrorCommand,
  readCommand,
  readHello,
  readReason,
  welcomeCommand,
} from './command.ts';
import { type FaultCode, IDENTITY_BYTES_MAX, type Mechanism, ZmtpError } from './constants.ts';
import type { Minor } from './greeting.ts';
import { type Properties, type Property, readMetadata } from './metadata.ts';
import { mayTalk, type SocketTypeName, sendsIdentity } from './socket-type.ts';

export interface HandshakeSettings {
  readonly socketType: SocketTypeName;
  /** At most 255 bytes, the first one not 0; empty for none. */
  readonly identity: Uint8Array;
  readonly mechanism: Mechanism;
  /** Which side of PLAIN; it is not negotiated. */
  readonly asServer: boolean;
  /** Of a PLAIN client. */
  readonly credentials: Credentials;
  /** Is the host asked about peers of mechanism NULL too? A PLAIN server always asks. */
  readonly asksAlways: boolean;
  /** Refuse as libzmq's PLAIN server does, with the only spelling that libzmq's clients understand. */
  readonly misspeltErrors: boolean;
  /** Properties of the application, with names that begin with `X-`. */
  readonly properties: readonly Property[];
}

/** The other side, once the handshake is done. */
export interface Peer {
  readonly socketType: SocketTypeName;
  /** Empty if it has none. */
  readonly identity: Buffer;
  readonly minor: Minor;
  readonly properties: Properties;
  /** Whom the host took it for. */
  readonly userId: string;
}

export interface PeerRequest {
  readonly mechanism: Mechanism;
  readonly username: string;
  readonly password: string;
}

/** 300 try again later, 400 not with these credentials, 500 our own fault. */
export type Verdict =
  | { readonly allowed: true; readonly userId: string }
  | { readonly allowed: false; readonly status: 300 | 400 | 500 };

export interface HandshakeHost {
  send(frame: Buffer): void;
  /** To be answered by `judge`. */
  authenticate(request: PeerRequest): void;
}

type Awaited = 'READY' | 'HELLO' | 'WELCOME' | 'INITIATE';

export class Handshake {
  /** Set when all is said. */
  peer: Peer | null = null;
  /** For the host's verdict. */
  waiting = false;
  /** What the peer should be told before the connection is closed. */
  farewell: Buffer | null = null;
  readonly #settings: HandshakeSettings;
  readonly #host: HandshakeHost;
  #awaited: Awaited = 'READY';
  #minor: Minor = 0;
  #userId = '';

  constructor(settings: HandshakeSettings, host: HandshakeHost) {
    this.#settings = settings;
    this.#host = host;
  }

  /** The greetings are through. */
  start(minor: Minor): void {
    this.#minor = minor;
    const { mechanism, asServer, credentials, asksAlways } = this.#settings;
    if (mechanism === 'PLAIN') {
      this.#awaited = asServer ? 'HELLO' : 'WELCOME';
      if (!asServer) this.#host.send(helloCommand(credentials));
      return;
    }
    if (asksAlways) this.#ask({ username: '', password: '' });
    else this.#sendMetadata('READY');
  }

  /** A command frame has come; its body is `bytes[start, end)`. */
  receive(bytes: Uint8Array, start: number, end: number): void {
    if (isMisspeltError(bytes, start, end)) throw this.#refused(readReason(bytes, start + 5, end));
    const { name, at } = readCommand(bytes, start, end);
    if (name === 'ERROR' && this.#awaited !== 'HELLO') throw this.#refused(readReason(bytes, at, end));
    if (name !== this.#awaited) {
      throw new ZmtpError('ERR_ZMTP_UNEXPECTED_COMMAND', `${name} where ${this.#awaited} was due`);
    }
    if (name === 'HELLO') this.#ask(readHello(bytes, at, end));
    else if (name === 'WELCOME') this.#welcomed(end - at);
    else this.#introduced(bytes, at, end);
  }

  /** The host's answer to `authenticate`. */
  judge(verdict: Verdict): void {
    this.waiting = false;
    if (!verdict.allowed) {
      const { status } = verdict;
      const reason = String(status);
      const misspelt = this.#settings.misspeltErrors && this.#settings.mechanism === 'PLAIN';
      if (status !== 300) this.farewell = misspelt ? misspeltErrorCommand(reason) : errorCommand(reason);
      throw new ZmtpError('ERR_ZMTP_UNSPECIFIED', `the peer was refused: ${status}`, 'denied', status);
    }
    this.#userId = verdict.userId;
    if (this.#awaited === 'HELLO') {
      this.#awaited = 'INITIATE';
      this.#host.send(welcomeCommand());
    } else {
      this.#sendMetadata('READY');
    }
  }

  #ask({ username, password }: Credentials): void {
    this.waiting = true;
    this.#host.authenticate({ mechanism: this.#settings.mechanism, username, password });
  }

  #welcomed(dataBytes: number): void {
    if (dataBytes !== 0) throw new ZmtpError('ERR_ZMTP_MALFORMED_COMMAND_WELCOME', 'a WELCOME with data');
    this.#awaited = 'READY';
    this.#sendMetadata('INITIATE');
  }

  /** READY or INITIATE: the peer has said who it is. */
  #introduced(bytes: Uint8Array, at: number, end: number): void {
    const properties = readMetadata(bytes, at, end);
    const theirs = Buffer.from(properties.get('socket-type') ?? '').toString('latin1');
    const ours = this.#settings.socketType;
    if (!mayTalk(ours, theirs)) throw this.#unfit('Invalid socket type', `${ours} can't talk to ${theirs}`);
    const identity = Buffer.from(properties.get('identity') ?? '');
    if (identity.length > IDENTITY_BYTES_MAX) throw this.#unfit('Invalid identity', 'an identity above 255 bytes');
    if (this.#awaited === 'INITIATE') this.#sendMetadata('READY');
    this.peer = { socketType: theirs, identity, minor: this.#minor, properties, userId: this.#userId };
  }

  #unfit(told: string, text: string, code: FaultCode = 'ERR_ZMTP_INVALID_METADATA'): ZmtpError {
    this.farewell = errorCommand(told);
    return new ZmtpError(code, text);
  }

  #refused(reason: string): ZmtpError {
    const status = reason === '300' || reason === '400' || reason === '500' ? Number(reason) : 0;
    return new ZmtpError('ERR_ZMTP_UNSPECIFIED', `the peer refused us: ${reason}`, 'denied', status);
  }

  #sendMetadata(name: 'READY' | 'INITIATE'): void {
    const { socketType, identity, properties } = this.#settings;
    const sent: Property[] = [{ name: 'Socket-Type', value: Buffer.from(socketType) }];
    if (sendsIdentity(socketType)) sent.push({ name: 'Identity', value: identity });
    this.#host.send(metadataCommand(name, [...sent, ...properties]));
  }
}
