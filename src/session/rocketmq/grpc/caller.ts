/**
 * Caller: who makes a call, as its metadata and its connection say.
 */
import type { Host } from '../../../wire/rocketmq/host.ts';

export interface Caller {
  /** '' if it does not say. */
  readonly clientId: string;
  /** Where it is. */
  readonly remoteAddress: string;
  readonly bornHost: Host;
  /** By which host and port it reached us. */
  readonly host: string;
  readonly port: number;
  /** `authorization`, and what it signs; '' if there is none. */
  readonly authorization: string;
  readonly dateTime: string;
}
