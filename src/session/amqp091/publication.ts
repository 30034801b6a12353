/**
 * Publication: the one Message object of a channel's publisher, pointed at the socket's chunk for each publish.
 *
 * The payload (format tag 1) is made of bytes as they came, so storing it is one or two copies:
 *
 *     chunk     01 ch len 003C0028 0000 [exchange][key] bits CE [02 ch len ... CE][03 ch len][body ....] CE
 *     payload                           [exchange][key]      CE [02 ch len ... CE][03 ch len][body ....]
 *
 * The channel numbers inside are the publisher's and are overwritten on delivery. A body of several frames is gathered
 * first (see `assembly.ts`) and stands under one frame head; an empty one has none.
 */

import { copyBytes } from '../../bytes/copy.ts';
import type { Message } from '../../core/message.ts';

/** The tag of this format on disk; never to be given to another. */
export const AMQP091_FORMAT = 1;

const NOTHING = new Uint8Array(0);

export class Publication implements Message {
  readonly format = AMQP091_FORMAT;
  readonly count = 1;
  persistent = false;
  priority = 0;
  timestamp = 0;
  expiresAt = 0;
  length = 0;

  #bytes: Uint8Array = NOTHING;
  #namesAt = 0;
  #namesEnd = 0;
  #contentAt = 0;
  #contentEnd = 0;

  /** Two runs of `bytes`: the names, and from the 0xCE before the header frame to the end of the body. */
  point(bytes: Uint8Array, namesAt: number, namesEnd: number, contentAt: number, contentEnd: number): void {
    this.#bytes = bytes;
    this.#namesAt = namesAt;
    this.#namesEnd = namesEnd;
    this.#contentAt = contentAt;
    this.#contentEnd = contentEnd;
    this.length = namesEnd - namesAt + contentEnd - contentAt;
  }

  write(target: Uint8Array, at: number): void {
    const namesAt = this.#namesAt;
    const namesEnd = this.#namesEnd;
    copyBytes(this.#bytes, namesAt, namesEnd, target, at);
    copyBytes(this.#bytes, this.#contentAt, this.#contentEnd, target, at + namesEnd - namesAt);
  }

  /** Lets go of the chunk. */
  clear(): void {
    this.#bytes = NOTHING;
  }
}
