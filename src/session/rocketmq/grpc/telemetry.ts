/**
 * Telemetry: the stream that a client keeps open, to say what it is and to be told things.
 *
 *   client ──settings──▶ remembered; the same back, with what the broker decides: limits, retries, order
 *   client ◀──commands── check a transaction, and others
 */
import { CLIENT_TYPE, CODE } from '../../../wire/rocketmq/v2/codes.ts';
import { durationOf, type Settings, type TelemetryCommand } from '../../../wire/rocketmq/v2/shapes.ts';
import { checkCaller } from './authorization.ts';
import type { Caller } from './caller.ts';
import type { Client, Stream } from './clients.ts';
import { retryPolicyOf } from './groups.ts';
import { grpcLimits } from './limits.ts';
import { groupNameOf, topicNameOf } from './names.ts';
import type { GrpcNode } from './node.ts';
import { OK, Refusal, statusOf } from './refusal.ts';

/** The transport's side. */
export interface TelemetryOutlet {
  send(command: TelemetryCommand): void;
  /** Ends it: in peace, or by gRPC's own INVALID_ARGUMENT. */
  end(problem: string | null): void;
}

const RECEIVE_BATCH_SIZE = 32;
const SEND_ATTEMPTS = 3;
const SEND_RETRY_MS = { initial: 10, max: 1_000 } as const;

export class Telemetry implements Stream {
  readonly #node: GrpcNode;
  readonly #caller: Caller;
  readonly #outlet: TelemetryOutlet;
  #client: Client | null = null;

  constructor(node: GrpcNode, caller: Caller, outlet: TelemetryOutlet) {
    this.#node = node;
    this.#caller = caller;
    this.#outlet = outlet;
  }

  receive(command: TelemetryCommand): void {
    try {
      checkCaller(this.#node, this.#caller);
      const client = this.#node.clients.seen(this.#caller.clientId);
      if (command.settings !== null && command.settings !== undefined) this.#settle(client, command.settings);
    } catch (error) {
      const status = statusOf(error);
      if (status === null) this.#node.options.onFault(error);
      this.send({ status: status ?? { code: CODE.INTERNAL_SERVER_ERROR, message: 'the broker failed' } });
    }
  }

  send(command: TelemetryCommand): void {
    this.#outlet.send(command);
  }

  /** The client ended it, or its connection is gone. */
  ended(): void {
    const client = this.#client;
    this.#client = null;
    if (client?.stream === this) client.stream = null;
  }

  #settle(client: Client, settings: Settings): void {
    const answer = this.#answerTo(client, settings);
    if (answer === null) return this.#outlet.end('settings are those of a publisher or of a subscriber');
    client.settings = settings;
    client.stream = this;
    this.#client = client;
    this.send({ status: OK, settings: answer });
  }

  #answerTo(client: Client, settings: Settings): Settings | null {
    const { publishing, subscription } = settings;
    if (publishing !== null && publishing !== undefined) {
      const { topics } = publishing;
      if (topics.length > grpcLimits.settingsTopicsMax) throw new Refusal(CODE.TOO_MANY_REQUESTS, 'too many topics');
      for (const topic of topics) topicNameOf(topic);
      const { initial, max } = SEND_RETRY_MS;
      const backoff = { initial: durationOf(initial), max: durationOf(max), multiplier: 2 };
      return {
        ...settings,
        backoffPolicy: { maxAttempts: SEND_ATTEMPTS, exponentialBackoff: backoff },
        publishing: { topics, maxBodySize: grpcLimits.bodyBytesMax, validateMessageType: true },
        metric: { on: false },
      };
    }
    if (subscription === null || subscription === undefined) return null;
    const group = groupNameOf(subscription.group);
    client.group = group;
    if (subscription.subscriptions.length > grpcLimits.settingsTopicsMax) {
      throw new Refusal(CODE.TOO_MANY_REQUESTS, 'too many subscriptions');
    }
    // A new group begins here, not with its first receive: what is sent to a consumer that is there is not missed.
    for (const { topic: resource, expression } of subscription.subscriptions) {
      this.#node.filters.of(expression);
      const topic = this.#node.topics.find(topicNameOf(resource));
      if (topic !== undefined) this.#node.namespace.sharings.open(group, topic);
    }
    const config = this.#node.groups.configOf(group);
    return {
      ...settings,
      ...(settings.clientType === CLIENT_TYPE.PUSH_CONSUMER && { backoffPolicy: retryPolicyOf(config) }),
      subscription: {
        ...subscription,
        fifo: config.consumeMessageOrderly,
        receiveBatchSize: RECEIVE_BATCH_SIZE,
        longPollingTimeout: durationOf(grpcLimits.pollMsMax),
      },
      metric: { on: false },
    };
  }
}
