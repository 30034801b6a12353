/**
 * The rows: the same program once with the bare client library and once with the SDK. `mustReach` is the SDK's rate
 * over the bare one's.
 */
export interface Workload {
  readonly name: string;
  readonly title: string;
  readonly protocol: 'amqp' | 'kafka';
  /**
   * `send`: one message each, `window` of them unconfirmed; `batch`: `window` at a time; `listen`: all that is there.
   */
  readonly kind: 'send' | 'batch' | 'listen';
  readonly messages: number;
  readonly window: number;
}

export const MUST_REACH = 0.85;

export const workloads: readonly Workload[] = [
  { name: 'amqp-send', title: 'AMQP: send', protocol: 'amqp', kind: 'send', messages: 200_000, window: 200 },
  { name: 'amqp-listen', title: 'AMQP: listen', protocol: 'amqp', kind: 'listen', messages: 200_000, window: 200 },
  {
    name: 'kafka-send',
    title: 'Kafka: send one by one',
    protocol: 'kafka',
    kind: 'send',
    messages: 60_000,
    window: 200,
  },
  {
    name: 'kafka-batch',
    title: 'Kafka: send batches',
    protocol: 'kafka',
    kind: 'batch',
    messages: 400_000,
    window: 500,
  },
  { name: 'kafka-listen', title: 'Kafka: listen', protocol: 'kafka', kind: 'listen', messages: 400_000, window: 1_000 },
];
