/**
 * Channel: a connection as what all connections share sees it: who is there, and how to say something to him.
 */

import type { CommandWriter } from '../../wire/rocketmq/command-writer.ts';
import type { Host } from '../../wire/rocketmq/host.ts';
import type { ConfirmedAnswers } from './confirmed-answers.ts';

export interface Channel {
  /** `127.0.0.1:40123`. */
  readonly remote: string;
  /** Where the client is, and where it finds the messages that it sends. */
  readonly bornHost: Host;
  readonly storeHost: Host;
  /** For what is said at once; `touch` follows. */
  readonly writer: CommandWriter;
  /** For what is said when everything published up to now is durable. */
  readonly confirmed: ConfirmedAnswers;
  readonly closed: boolean;
  touch(): void;
  /** Ends the connection, once what is said is sent. */
  close(): void;
}
