/**
 * The messages of service.proto and definition.proto as they come out of the loader and go into it.
 *
 * Fields are named in camel case. What is read has every field but those that are optional or of a message type, which
 * are absent or null if the peer said nothing. What is written may leave out whatever has its default. 64-bit integers
 * are numbers, enumerations their numbers (codes.ts).
 */
import type { Code } from './codes.ts';

export interface Status {
  readonly code: Code;
  readonly message: string;
}

export interface Duration {
  readonly seconds: number;
  readonly nanos?: number;
}

export type Timestamp = Duration;

export interface Resource {
  readonly resourceNamespace?: string;
  readonly name: string;
}

export interface Endpoints {
  readonly scheme: number;
  readonly addresses: readonly { readonly host: string; readonly port: number }[];
}

export interface MessageQueue {
  readonly topic?: Resource | null;
  readonly id: number;
  readonly permission: number;
  readonly broker?: { readonly name: string; readonly id: number; readonly endpoints?: Endpoints | null } | null;
  readonly acceptMessageTypes: readonly number[];
}

export interface FilterExpression {
  readonly type: number;
  readonly expression: string;
}

export interface SystemProperties {
  readonly tag?: string;
  readonly keys: readonly string[];
  readonly messageId: string;
  readonly bodyDigest?: { readonly type: number; readonly checksum: string } | null;
  readonly bodyEncoding: number;
  readonly messageType: number;
  readonly bornTimestamp?: Timestamp | null;
  readonly bornHost: string;
  readonly storeTimestamp?: Timestamp | null;
  readonly storeHost?: string;
  readonly deliveryTimestamp?: Timestamp | null;
  readonly receiptHandle?: string;
  readonly queueId: number;
  readonly queueOffset?: number;
  readonly invisibleDuration?: Duration | null;
  readonly deliveryAttempt?: number;
  readonly messageGroup?: string;
  readonly traceContext?: string;
  readonly orphanedTransactionRecoveryDuration?: Duration | null;
  readonly deadLetterQueue?: { readonly topic: string; readonly messageId: string } | null;
  readonly liteTopic?: string;
  readonly priority?: number;
}

export interface Message {
  readonly topic?: Resource | null;
  readonly userProperties: Readonly<Record<string, string>>;
  readonly systemProperties?: SystemProperties | null;
  readonly body: Uint8Array;
}

export interface RetryPolicy {
  readonly maxAttempts: number;
  readonly exponentialBackoff?: {
    readonly initial?: Duration | null;
    readonly max?: Duration | null;
    readonly multiplier: number;
  } | null;
  readonly customizedBackoff?: { readonly next: readonly Duration[] } | null;
}

export interface Settings {
  readonly clientType?: number;
  readonly accessPoint?: Endpoints | null;
  readonly backoffPolicy?: RetryPolicy | null;
  readonly requestTimeout?: Duration | null;
  readonly publishing?: {
    readonly topics: readonly Resource[];
    readonly maxBodySize: number;
    readonly validateMessageType: boolean;
  } | null;
  readonly subscription?: {
    readonly group?: Resource | null;
    readonly subscriptions: readonly {
      readonly topic?: Resource | null;
      readonly expression?: FilterExpression | null;
    }[];
    readonly fifo?: boolean;
    readonly receiveBatchSize?: number;
    readonly longPollingTimeout?: Duration | null;
  } | null;
  readonly userAgent?: object | null;
  readonly metric?: { readonly on: boolean } | null;
}

export interface TelemetryCommand {
  readonly status?: Status | null;
  readonly settings?: Settings | null;
  readonly recoverOrphanedTransactionCommand?: { readonly message: Message; readonly transactionId: string } | null;
}

export interface SendResultEntry {
  readonly status: Status;
  readonly messageId?: string;
  readonly transactionId?: string;
  readonly offset?: number;
  readonly recallHandle?: string;
}

/** What each call is asked and answered, by its name. */
export interface Calls {
  readonly QueryRoute: {
    request: { readonly topic?: Resource | null; readonly endpoints?: Endpoints | null };
    response: { readonly status: Status; readonly messageQueues?: readonly MessageQueue[] };
  };
  readonly QueryAssignment: {
    request: { readonly topic?: Resource | null; readonly group?: Resource | null };
    response: { readonly status: Status; readonly assignments?: readonly { readonly messageQueue: MessageQueue }[] };
  };
  readonly Heartbeat: {
    request: { readonly group?: Resource | null; readonly clientType: number };
    response: { readonly status: Status };
  };
  readonly NotifyClientTermination: {
    request: { readonly group?: Resource | null };
    response: { readonly status: Status };
  };
  readonly SendMessage: {
    request: { readonly messages: readonly Message[] };
    response: { readonly status: Status; readonly entries?: readonly SendResultEntry[] };
  };
  readonly ReceiveMessage: {
    request: {
      readonly group?: Resource | null;
      readonly messageQueue?: MessageQueue | null;
      readonly filterExpression?: FilterExpression | null;
      readonly batchSize: number;
      readonly invisibleDuration?: Duration | null;
      readonly autoRenew: boolean;
      readonly longPollingTimeout?: Duration | null;
      readonly attemptId?: string;
    };
    response: { readonly status?: Status; readonly message?: Message; readonly deliveryTimestamp?: Timestamp };
  };
  readonly AckMessage: {
    request: {
      readonly group?: Resource | null;
      readonly topic?: Resource | null;
      readonly entries: readonly { readonly messageId: string; readonly receiptHandle: string }[];
    };
    response: {
      readonly status: Status;
      readonly entries?: readonly {
        readonly messageId: string;
        readonly receiptHandle: string;
        readonly status: Status;
      }[];
    };
  };
  readonly ChangeInvisibleDuration: {
    request: {
      readonly group?: Resource | null;
      readonly topic?: Resource | null;
      readonly receiptHandle: string;
      readonly invisibleDuration?: Duration | null;
      readonly messageId: string;
    };
    response: { readonly status: Status; readonly receiptHandle?: string };
  };
  readonly ForwardMessageToDeadLetterQueue: {
    request: {
      readonly group?: Resource | null;
      readonly topic?: Resource | null;
      readonly receiptHandle: string;
      readonly messageId: string;
      readonly deliveryAttempt: number;
      readonly maxDeliveryAttempts: number;
    };
    response: { readonly status: Status };
  };
  readonly EndTransaction: {
    request: {
      readonly topic?: Resource | null;
      readonly messageId: string;
      readonly transactionId: string;
      /** RESOLUTION; anything else: not known. */
      readonly resolution: number;
      /** 2: answers a check. */
      readonly source: number;
    };
    response: { readonly status: Status };
  };
  readonly RecallMessage: {
    request: { readonly topic?: Resource | null; readonly recallHandle: string };
    response: { readonly status: Status; readonly messageId?: string };
  };
}

export type CallName = keyof Calls;
export type RequestOf<Name extends CallName> = Calls[Name]['request'];
export type ResponseOf<Name extends CallName> = Calls[Name]['response'];

export function durationMs({ seconds, nanos = 0 }: Duration): number {
  return seconds * 1000 + Math.floor(nanos / 1e6);
}

export function durationOf(ms: number): Duration {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanos: (ms - seconds * 1000) * 1e6 };
}
