/**
 * Context: the sockets of a program that may meet by `inproc://` names, and defaults for them.
 *
 * When nothing keeps the process running any more, sockets that were not closed are closed, so that what they still
 * have to send goes out within their linger time. Threads and their scheduling do not exist here; those options are
 * kept and have no effect.
 */
import { ZmqError } from './errors.ts';
import { InprocNames } from './transports/inproc.ts';

export interface ContextOptions {
  blocky?: boolean;
  ioThreads?: number;
  ipv6?: boolean;
  maxMessageSize?: number;
  maxSockets?: number;
  threadPriority?: number;
  threadSchedulingPolicy?: number;
}

/** What a context knows of a socket. */
export interface Member {
  /** Has it messages that are not on their way? */
  readonly unsent: boolean;
  close(): Promise<void>;
}

const SOCKETS_MAX = 65_535;

export class Context {
  /** Without it new sockets do not linger. */
  blocky = true;
  ioThreads = 1;
  ipv6 = false;
  maxMessageSize = 0x7fff_ffff;
  maxSockets = 1023;
  threadPriority = -1;
  threadSchedulingPolicy = -1;
  readonly maxSocketsLimit: number = SOCKETS_MAX;
  /** Of the transport `inproc`. */
  readonly names: InprocNames = new InprocNames();
  readonly #members = new Set<Member>();

  constructor(options: ContextOptions = {}) {
    Object.assign(this, options);
  }

  join(member: Member): void {
    if (this.#members.size >= this.maxSockets) throw new ZmqError('EMFILE');
    if (this.#members.size === 0) process.on('beforeExit', this.#lastCall);
    this.#members.add(member);
  }

  leave(member: Member): void {
    this.#members.delete(member);
    if (this.#members.size === 0) process.off('beforeExit', this.#lastCall);
  }

  readonly #lastCall = (): void => {
    for (const member of [...this.#members]) if (member.unsent) void member.close();
  };
}

/** The one that sockets belong to when the program names none. */
export const context: Context = new Context();
