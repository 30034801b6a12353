/**
 * Publication: an OpenWire message as the core takes it.
 *
 * What is stored is the message as one structure of STORED_FORMAT: its type byte and its fields, without the frame's
 * size. A client that speaks exactly this form, which nearly every one does, has its bytes stored as they came;
 * what others send is written anew.
 */
import { copyBytes } from '../../bytes/copy.ts';
import type { Message } from '../../core/message.ts';

/** On disk: never to be given to another format. */
export const OPENWIRE_FORMAT = 4;
const NOTHING = new Uint8Array(0);

export class Publication implements Message {
  readonly format = OPENWIRE_FORMAT;
  readonly count = 1;
  persistent = false;
  priority = 0;
  timestamp = 0;
  expiresAt = 0;
  #bytes: Uint8Array = NOTHING;
  #start = 0;
  #end = 0;

  /** The bytes stay where they are until the message was written. */
  point(bytes: Uint8Array, start: number, end: number): this {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    return this;
  }

  get length(): number {
    return this.#end - this.#start;
  }

  write(target: Uint8Array, at: number): void {
    copyBytes(this.#bytes, this.#start, this.#end, target, at);
  }

  letGo(): void {
    this.#bytes = NOTHING;
    this.#start = 0;
    this.#end = 0;
  }
}
