/**
 * Pattern: what makes a socket type: which peer a message goes to, which one is heard next, what happens when nobody is
 * there. Pure bookkeeping over pipes; sockets, timers and promises are elsewhere.
 *
 * `send` answers false when the message has to wait; the caller tries again when a pipe has got room. What the program
 * did wrong is thrown as a ZmqError.
 */

import type { Peer } from '../../wire/zmtp/handshake.ts';
import type { OutgoingMessage } from '../../wire/zmtp/message-writer.ts';
import { ZmqError } from '../errors.ts';
import type { Pipe } from '../pipe.ts';

/** What a pattern needs of its socket. */
export interface PatternHost {
  /** A message may have become available though no peer sent one just now. */
  readable(): void;
  /** A message that had to wait may go now. */
  writable(): void;
}

export abstract class Pattern {
  protected readonly host: PatternHost;

  constructor(host: PatternHost) {
    this.host = host;
  }

  /** A new pipe; false if there may not be another one. */
  abstract attach(pipe: Pipe): boolean;
  /** The pipe is gone; what was received by it may still be taken. */
  abstract detach(pipe: Pipe): void;

  /** The pipe is about to get a connection, its first one or another one; false to refuse the peer. */
  admit(_pipe: Pipe, _peer: Peer): boolean {
    return true;
  }

  /** The pipe has the connection. */
  connected(_pipe: Pipe): void {}

  /** The pipe's connection is gone, but the pipe remains. */
  disconnected(_pipe: Pipe): void {}

  send(_message: OutgoingMessage): boolean {
    throw new ZmqError('ENOTSUP');
  }

  take(): Buffer[] | null {
    throw new ZmqError('ENOTSUP');
  }

  /** Up to `max` messages; none if there are none. */
  takeMany(max: number): Buffer[][] {
    const taken: Buffer[][] = [];
    while (taken.length < max) {
      const parts = this.take();
      if (parts === null) break;
      taken.push(parts);
    }
    return taken;
  }

  /** Would `take` answer a message, and `send` take one? */
  get readable(): boolean {
    return false;
  }

  get writable(): boolean {
    return false;
  }

  /** The pipe's inbox has something. */
  arrived(_pipe: Pipe): void {}

  /** The pipe had refused and has room. */
  roomy(_pipe: Pipe): void {}

  accepts(_parts: readonly Buffer[]): boolean {
    return true;
  }

  subscription(_pipe: Pipe, _subscribe: boolean, _topic: Buffer): boolean {
    return true;
  }
}
