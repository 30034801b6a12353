/**
 * REQ: a request, then its reply, then the next request.
 *
 *     ASKING --send--> WAITING --reply--> ASKING        with `relaxed` a new request may be sent while one waits
 *
 *     on the wire   [id, only with `correlate`] [empty] [body ...]
 *
 * Only the peer that was asked is listened to. What else arrives is dropped: replies to requests that were given up,
 * and what is no reply at all.
 */
import type { Frame, OutgoingMessage } from '../../wire/zmtp/message-writer.ts';
import { ZmqError } from '../errors.ts';
import { EMPTY_FRAME } from '../message.ts';
import type { Pipe } from '../pipe.ts';
import { DealerPattern } from './dealer.ts';

const ID_BYTES = 4;

export class RequestPattern extends DealerPattern {
  #waiting = false;
  /** Who was asked; null when he is gone. */
  #asked: Pipe | null = null;
  #id = Math.floor(Math.random() * 2 ** 32);

  override send(message: OutgoingMessage): boolean {
    if (this.#waiting && !this.settings.relaxed) throw new ZmqError('EFSM');
    while (this.queue.take() !== null);
    const body = typeof message === 'string' || message instanceof Uint8Array ? [message] : message;
    if (!this.peers.send(this.#envelope(body))) return false;
    this.#asked = this.peers.to;
    this.#waiting = true;
    return true;
  }

  override take(): Buffer[] | null {
    if (!this.#waiting) throw new ZmqError('EFSM');
    for (let parts = this.queue.take(); parts !== null; parts = this.queue.take()) {
      if (this.#asked !== null && this.queue.from !== this.#asked) continue;
      const body = this.#body(parts);
      if (body === null) continue;
      this.#waiting = false;
      return body;
    }
    return null;
  }

  override takeMany(): Buffer[][] {
    const parts = this.take();
    return parts === null ? [] : [parts];
  }

  override detach(pipe: Pipe): void {
    super.detach(pipe);
    if (this.#asked === pipe) this.#asked = null;
  }

  override get readable(): boolean {
    return this.#waiting && super.readable;
  }

  override get writable(): boolean {
    return (!this.#waiting || this.settings.relaxed) && super.writable;
  }

  #envelope(body: readonly Frame[]): Frame[] {
    if (!this.settings.correlate) return [EMPTY_FRAME, ...body];
    this.#id = (this.#id + 1) >>> 0;
    const id = Buffer.allocUnsafe(ID_BYTES);
    id.writeUInt32BE(this.#id);
    return [id, EMPTY_FRAME, ...body];
  }

  /** Without the envelope; null if it is not the reply that is waited for. */
  #body(parts: Buffer[]): Buffer[] | null {
    if (this.settings.correlate) {
      const id = parts.shift();
      if (id === undefined || id.length !== ID_BYTES || id.readUInt32BE() !== this.#id) return null;
    }
    const delimiter = parts.shift();
    return delimiter?.length === 0 && parts.length > 0 ? parts : null;
  }
}
