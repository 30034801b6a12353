/**
 * RocketmqMessage: a message on its way into the journal, in the layout in which consumers pull it.
 *
 * So a pull is a copy: what is not known here (queue offset and physical offset) or differs from reader to reader (the
 * host by which it was stored) is patched into the copy. See stored-message.ts for the layout.
 *
 * One object is filled again for every message. Who fills it sets the fields, body and properties as ranges of any
 * bytes, and calls `seal`; it is valid as long as those bytes are.
 */
import type { Message } from '../../core/message.ts';
import { type Host, NO_HOST } from '../../wire/rocketmq/host.ts';
import {
  bodyCrc,
  type MessageParts,
  storedMessageBytes,
  writeStoredMessage,
} from '../../wire/rocketmq/stored-message.ts';

/** The tag of such messages in the journal; see `Formats`. */
export const ROCKETMQ_FORMAT = 3;

const NOTHING = new Uint8Array(0);

export class RocketmqMessage implements Message, MessageParts {
  readonly format = ROCKETMQ_FORMAT;
  persistent = true;
  priority = 0;
  timestamp = 0;
  expiresAt = 0;
  readonly count = 1;
  length = 0;

  /** As UTF-8. */
  topic: Uint8Array = NOTHING;
  queueId = 0;
  flag = 0;
  sysFlag = 0;
  bornTimestamp = 0;
  bornHost: Host = NO_HOST;
  storeHost: Host = NO_HOST;
  reconsumeTimes = 0;
  preparedTransactionOffset = 0;
  body: Uint8Array = NOTHING;
  bodyStart = 0;
  bodyEnd = 0;
  properties: Uint8Array = NOTHING;
  propertiesStart = 0;
  propertiesEnd = 0;

  bodyCrc = 0;
  /** Patched into what is pulled. */
  readonly queueOffset = 0;
  readonly physicalOffset = 0;

  /** When the broker took it. */
  get storeTimestamp(): number {
    return this.timestamp;
  }

  /** All fields are set; `now` is when it is stored. */
  seal(now: number): this {
    this.timestamp = now;
    this.bodyCrc = bodyCrc(this.body, this.bodyStart, this.bodyEnd);
    this.length = storedMessageBytes(this);
    return this;
  }

  /** Forgets the bytes, which are a socket's. */
  letGo(): void {
    this.body = NOTHING;
    this.properties = NOTHING;
  }

  write(target: Uint8Array, at: number): void {
    writeStoredMessage(target, at, this);
  }
}
