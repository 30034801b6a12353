/**
 * What a reader of a sharing brings along, and what it is given: its terms, the one who takes the messages, and the one
 * who waits for them.
 */
import type { LogId, Offset } from './ids.ts';
import type { Entry } from './message.ts';

/** What a reader asks for. */
export interface ReceiveTerms {
  readonly messagesMax: number;
  /** Payload bytes; the first message is given whatever it has. */
  readonly bytesMax: number;
  /** How long it has to settle. */
  readonly invisibleMs: number;
  readonly inOrder: boolean;
  /** The topic's logs are levels, the last one is the highest: it is asked first. Otherwise they are asked in turn. */
  readonly byLevel: boolean;
  /** Who it is, if what it is given is to return when it goes (see `letGo`); 0: it stays out all the same. */
  readonly holder: number;
  /** Its own name for this receive, the same when it repeats it; null: it has none. */
  readonly attempt: string | null;
}

/** By what a given message is known. */
export interface ReceiptFields {
  readonly log: LogId;
  readonly offset: Offset;
  readonly slot: number;
  /** 0: given by an earlier life of the broker. */
  readonly nonce: number;
}

/** One instance, filled again for every message. */
export class Receipt implements ReceiptFields {
  log: LogId = 0;
  offset: Offset = 0;
  slot = -1;
  nonce = 0;
  /** How often the message was given, this time included. */
  attempts = 0;
}

export interface Taker {
  /** Whether the message is for this group at all; false: it is settled unread. May publish it elsewhere. */
  wants(entry: Entry, attempts: number): boolean;
  /** Valid during the call: entry and receipt. */
  take(entry: Entry, receipt: Receipt): void;
}

/** A reader that waits. */
export interface Receiver {
  /** There may be something: receives. True if it need not wait any more. */
  look(): boolean;
}
