/**
 * Replies: the calls of a connection in the order of their requests, and their answers on the way out.
 *
 *   ask ─▶ [ call | call | call ]      answers leave from the head, as far as they are ready
 *
 * Small answers of a turn leave in one socket write; a large one (a Fetch) is written into memory of its own, once,
 * and handed to the socket as it is.
 */
import type { Outbox } from '../../bytes/outbox.ts';
import { SLAB_BYTES, SlabWriter } from '../../bytes/slab-writer.ts';
import { encodeResponse, responseSize, writeResponse } from '../../wire/kafka/messages.ts';
import type { Call } from './call.ts';

export class Replies {
  readonly #outbox: Outbox;
  readonly #writer: SlabWriter;
  #calls: Call[] = [];
  #head = 0;

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
    this.#writer = new SlabWriter(outbox);
  }

  /** Calls that are not answered. */
  get size(): number {
    return this.#calls.length - this.#head;
  }

  /** The call that was asked last, if it is not answered. */
  get last(): Call | undefined {
    return this.size === 0 ? undefined : this.#calls[this.#calls.length - 1];
  }

  add(call: Call): void {
    this.#calls.push(call);
  }

  /** Writes the answers that are ready and next; true if there were any. */
  write(): boolean {
    const first = this.#head;
    while (this.#head < this.#calls.length) {
      const call = this.#calls[this.#head] as Call;
      if (!call.ready) break;
      this.#head++;
      if (call.encoded !== null) this.#sendEncoded(call, call.encoded);
      else if (call.response !== null) this.#encode(call);
    }
    const any = this.#head > first;
    if (this.#head === this.#calls.length) {
      this.#calls.length = 0;
      this.#head = 0;
    } else if (this.#head > 64) {
      this.#calls = this.#calls.slice(this.#head);
      this.#head = 0;
    }
    return any;
  }

  /** One socket write for what is left of the turn's answers. */
  flush(): void {
    this.#writer.flush();
  }

  /** Bytes that are no Kafka message: the tokens of the oldest authentication. */
  raw(bytes: Uint8Array): void {
    this.#writer.append(bytes);
  }

  /** The connection is gone. */
  abandon(): void {
    this.#writer.discard();
    const calls = this.#calls.slice(this.#head);
    this.#calls = [];
    this.#head = 0;
    for (const call of calls) call.abandon();
  }

  #encode(call: Call): void {
    const { api, version, correlationId } = call;
    const response = call.response as Readonly<Record<string, unknown>>;
    const bytes = responseSize(api, version, response);
    if (bytes <= SLAB_BYTES / 2) {
      this.#writer.room(bytes);
      writeResponse(api, version, correlationId, response, this.#writer.bytes, this.#writer.at);
      this.#writer.at += bytes;
      return;
    }
    this.#writer.flush();
    this.#outbox.write(encodeResponse(api, version, correlationId, response), null);
  }

  /** A large answer is lent to the socket until it has taken it. */
  #sendEncoded(call: Call, bytes: Uint8Array): void {
    if (bytes.length <= SLAB_BYTES / 2) {
      this.#writer.append(bytes);
      call.release();
      return;
    }
    this.#writer.flush();
    this.#outbox.write(bytes, () => call.release());
  }
}
