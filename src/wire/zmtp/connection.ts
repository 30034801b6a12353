/**
 * ZmtpConnection: one side of a connection, bytes in and events out, without a socket or a clock.
 *
 *     GREETING --64 bytes--> HANDSHAKE --READY--> TRAFFIC
 *         |                      |                   |
 *         +----------------------+-------------------+--> FAILED  (host.failed, nothing follows)
 *
 * The library, the broker and the tests drive it alike: `start` once, `receive` for each chunk. It answers greetings,
 * commands and PINGs by itself through `host.write`; what the application sends is written by MessageWriter.
 *
 * Back-pressure: `host.message` answers whether it wants more. After a no, or while the host thinks about a peer's
 * credentials, `receive` returns false and keeps the rest of the chunk; no further chunk may be given until `resume`
 * has returned true.
 */
import { pongCommand, readCommand, readPing } from './command.ts';
import { FLAG_COMMAND, FLAG_MORE, ZmtpError } from './constants.ts';
import { Framer, NO_FRAME } from './framer.ts';
import { GreetingReader, greeting, type Minor } from './greeting.ts';
import { Handshake, type HandshakeSettings, type Peer, type PeerRequest, type Verdict } from './handshake.ts';
import { HANDSHAKE_COMMAND_BYTES_MAX, type ZmtpLimits } from './limits.ts';

export interface ConnectionSettings extends HandshakeSettings {
  /** The dialect that we announce. */
  readonly minor: Minor;
  readonly limits: ZmtpLimits;
}

export interface ConnectionHost {
  /** A greeting or a command to send now. */
  write(bytes: Buffer): void;
  /** The host judges a peer, at once or later, by `judge`. */
  authenticate(request: PeerRequest): void;
  /** Traffic begins. */
  ready(peer: Peer): void;
  /** A whole message; false if no more is wanted at the moment. Its parts may be views of the chunk received. */
  message(parts: Buffer[]): boolean;
  /** To PUB and XPUB only: the peer wants a topic, or wants it no more; false as for `message`. */
  subscription(subscribe: boolean, topic: Buffer): boolean;
  /** The peer has sent a PING, which was answered; 0 if it set no time to live. */
  pinged(ttlMs: number): void;
  /** It's over: close. What the peer should know was written. */
  failed(error: ZmtpError): void;
}

const GREETING = 0;
const HANDSHAKE = 1;
const TRAFFIC = 2;
const FAILED = 3;

export class ZmtpConnection {
  readonly #settings: ConnectionSettings;
  readonly #host: ConnectionHost;
  readonly #greeting: GreetingReader;
  readonly #framer: Framer;
  readonly #handshake: Handshake;
  readonly #takesSubscriptions: boolean;
  #state = GREETING;
  /** Of a message whose last frame is still to come. */
  #parts: Buffer[] | null = null;
  #partsBytes = 0;

  constructor(settings: ConnectionSettings, host: ConnectionHost) {
    this.#settings = settings;
    this.#host = host;
    this.#greeting = new GreetingReader(settings.mechanism);
    this.#framer = new Framer(0, HANDSHAKE_COMMAND_BYTES_MAX);
    this.#handshake = new Handshake(settings, {
      send: (frame) => host.write(frame),
      authenticate: (request) => host.authenticate(request),
    });
    this.#takesSubscriptions = settings.socketType === 'PUB' || settings.socketType === 'XPUB';
  }

  /** Is the handshake done, and nothing wrong since? */
  get open(): boolean {
    return this.#state === TRAFFIC;
  }

  /** Introduces us. */
  start(): void {
    const { minor, mechanism, asServer } = this.#settings;
    this.#host.write(greeting(minor, mechanism, asServer));
  }

  /** The next bytes of the peer; false if they could not all be dealt with yet. */
  receive(chunk: Buffer): boolean {
    let rest = chunk;
    if (this.#state === GREETING) {
      rest = this.#greet(chunk);
      if (rest.length === 0) return true;
    }
    this.#framer.push(rest);
    return this.#run();
  }

  /** Goes on with what `receive` had to keep; true once all of it is dealt with. */
  resume(): boolean {
    return this.#run();
  }

  /** We close: nothing more is told to the host, whatever was received. */
  stop(): void {
    this.#state = FAILED;
    this.#parts = null;
  }

  /** The host's verdict; `resume` follows. */
  judge(verdict: Verdict): void {
    if (this.#state !== HANDSHAKE || !this.#handshake.waiting) return;
    try {
      this.#handshake.judge(verdict);
    } catch (error) {
      this.#fail(error);
    }
  }

  #greet(chunk: Buffer): Buffer {
    try {
      const rest = chunk.subarray(this.#greeting.read(chunk));
      if (this.#greeting.done) {
        this.#state = HANDSHAKE;
        this.#handshake.start(this.#settings.minor === 0 ? 0 : this.#greeting.minor);
      }
      return rest;
    } catch (error) {
      this.#fail(error);
      return chunk.subarray(chunk.length);
    }
  }

  #run(): boolean {
    const framer = this.#framer;
    while (this.#state !== FAILED) {
      if (this.#state === HANDSHAKE && this.#handshake.waiting) return false;
      const flags = framer.next();
      if (flags === NO_FRAME) {
        if (framer.fault !== null) this.#fail(framer.fault);
        break;
      }
      if (this.#state === TRAFFIC) {
        if (flags === 0 && this.#parts === null && !this.#takesSubscriptions) {
          if (!this.#host.message([framer.take()])) return false;
        } else if ((flags & FLAG_COMMAND) === 0 ? !this.#frame(flags) : !this.#command()) {
          return false;
        }
      } else {
        this.#introduce(flags);
      }
    }
    framer.letGo();
    return true;
  }

  /** A frame before the traffic. */
  #introduce(flags: number): void {
    const { bytes, start, end } = this.#framer;
    try {
      if ((flags & FLAG_COMMAND) === 0) throw new ZmtpError('ERR_ZMTP_INVALID_SEQUENCE', 'a message before READY');
      this.#handshake.receive(bytes, start, end);
    } catch (error) {
      this.#fail(error);
      return;
    }
    const { peer } = this.#handshake;
    if (peer === null) return;
    this.#state = TRAFFIC;
    this.#framer.frameBytesMax = this.#settings.limits.frameBytesMax;
    this.#framer.commandBytesMax = this.#settings.limits.commandBytesMax;
    this.#host.ready(peer);
  }

  /** A frame of a message; false if the host has enough. */
  #frame(flags: number): boolean {
    const part = this.#framer.take();
    const more = (flags & FLAG_MORE) !== 0;
    if (this.#parts === null) {
      if (!more) return this.#whole([part]);
      this.#parts = [part];
      this.#partsBytes = part.length;
      return true;
    }
    const { partsMax, messageBytesMax } = this.#settings.limits;
    this.#partsBytes += part.length;
    if (this.#parts.length === partsMax || this.#partsBytes > messageBytesMax) {
      const text = `a message of more than ${partsMax} frames or ${messageBytesMax} bytes`;
      this.#fail(new ZmtpError('ERR_ZMTP_UNSPECIFIED', text));
      return true;
    }
    this.#parts.push(part);
    if (more) return true;
    const parts = this.#parts;
    this.#parts = null;
    return this.#whole(parts);
  }

  #whole(parts: Buffer[]): boolean {
    if (!this.#takesSubscriptions || parts.length > 1) return this.#host.message(parts);
    const [only] = parts as [Buffer];
    const first = only[0];
    if (first !== 0 && first !== 1) return this.#host.message(parts);
    return this.#host.subscription(first === 1, only.subarray(1));
  }

  /** A command in the traffic; unknown ones are passed over, as libzmq does. */
  #command(): boolean {
    const { bytes, start, end } = this.#framer;
    try {
      const { name, at } = readCommand(bytes, start, end);
      if (name === 'SUBSCRIBE' || name === 'CANCEL') {
        return !this.#takesSubscriptions || this.#host.subscription(name === 'SUBSCRIBE', bytes.subarray(at, end));
      }
      if (name === 'PING') {
        const { ttlMs, context } = readPing(bytes, at, end);
        this.#host.write(pongCommand(context));
        this.#host.pinged(ttlMs);
      }
    } catch (error) {
      this.#fail(error);
    }
    return true;
  }

  #fail(error: unknown): void {
    if (!(error instanceof ZmtpError)) throw error;
    this.#state = FAILED;
    this.#parts = null;
    const { farewell } = this.#handshake;
    if (farewell !== null) this.#host.write(farewell);
    this.#host.failed(error);
  }
}
