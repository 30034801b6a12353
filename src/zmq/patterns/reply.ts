/**
 * REP: a request, then its reply, then the next request, from all peers in turn.
 *
 *     LISTENING --request--> ANSWERING --send--> LISTENING
 *
 * What stands before the first empty frame is the way back: it is kept and put in front of the reply. A request without
 * an empty frame is dropped, and so is the reply to a peer that is gone.
 */
import type { Frame, OutgoingMessage } from '../../wire/zmtp/message-writer.ts';
import { ZmqError } from '../errors.ts';
import type { Pipe } from '../pipe.ts';
import { FairQueue } from './fair-queue.ts';
import { Pattern } from './pattern.ts';

export class ReplyPattern extends Pattern {
  readonly #queue = new FairQueue();
  #asker: Pipe | null = null;
  #answering = false;
  #envelope: Buffer[] = [];

  override attach(): boolean {
    return true;
  }

  override detach(pipe: Pipe): void {
    if (this.#asker === pipe) this.#asker = null;
  }

  override take(): Buffer[] | null {
    if (this.#answering) throw new ZmqError('EFSM');
    for (let parts = this.#queue.take(); parts !== null; parts = this.#queue.take()) {
      const delimiter = parts.findIndex((part) => part.length === 0);
      if (delimiter < 0 || delimiter === parts.length - 1) continue;
      const from = this.#queue.from as Pipe;
      this.#asker = from.ended ? null : from;
      this.#envelope = parts.splice(0, delimiter + 1);
      this.#answering = true;
      return parts;
    }
    return null;
  }

  override takeMany(): Buffer[][] {
    const parts = this.take();
    return parts === null ? [] : [parts];
  }

  override send(message: OutgoingMessage): boolean {
    if (!this.#answering) throw new ZmqError('EFSM');
    const body = typeof message === 'string' || message instanceof Uint8Array ? [message] : message;
    this.#asker?.write([...this.#envelope, ...body] as Frame[]);
    this.#answering = false;
    this.#asker = null;
    return true;
  }

  override get readable(): boolean {
    return !this.#answering && !this.#queue.empty;
  }

  override get writable(): boolean {
    return this.#answering;
  }

  override arrived(pipe: Pipe): void {
    this.#queue.add(pipe);
  }
}
