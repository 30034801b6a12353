/**
 * One run of one workload against a broker that runs already, in a process of its own. Prints one line of JSON.
 *
 *     node load.ts '{"workload":"sync-10","port":61616,"pid":123,"seconds":3,"warmupSeconds":2}'
 */

import { nowUs, sleep } from '../clock.ts';
import { answerWith } from '../generator.ts';
import { Histogram } from '../histogram.ts';
import { meter, type Phase } from '../meter.ts';
import { type MessageNumber, OpenWireClient } from './client.ts';
import { type Workload, workloadNamed } from './workloads.ts';

export interface LoadRequest {
  workload: string;
  port: number;
  pid: number;
  seconds: number;
  warmupSeconds: number;
}

export interface LoadResult {
  phase?: Phase;
  /** How long the selectors took for all. */
  drainedMs?: number;
}

const QUEUE = `bench-${process.pid}`;
/** Sent and not received: more would measure how a backlog is kept. */
const WINDOW = 2000;
const ACKNOWLEDGED_AT_ONCE = 200;
const PREFETCH = 1000;
const COMMIT_MESSAGES = 100;
const BATCH = 64;
const SELECTORS = 1000;
const SELECTED = 100_000;
const ONE_CONNECTION = 50;

class Load {
  count = 0;
  readonly latencies = new Histogram();
  readonly clients: OpenWireClient[] = [];
  readonly failed: Promise<never>;
  #fail: (error: Error) => void = () => {};
  readonly #request: LoadRequest;

  constructor(request: LoadRequest) {
    this.#request = request;
    this.failed = new Promise((_resolve, reject) => {
      this.#fail = reject;
    });
    this.failed.catch(() => {});
  }

  async open(): Promise<OpenWireClient> {
    const client = await OpenWireClient.open(this.#request.port);
    client.onFailure = this.#fail;
    this.clients.push(client);
    return client;
  }

  fail(text: string): void {
    this.#fail(new Error(text));
  }

  async timed(): Promise<LoadResult> {
    const { pid, seconds, warmupSeconds } = this.#request;
    await Promise.race([sleep(warmupSeconds * 1000), this.failed]);
    const { latencies, failed } = this;
    const phase = await meter({ pids: [pid], seconds, count: () => this.count, latencies, failed });
    for (const client of this.clients) client.close();
    return { phase };
  }
}

/** Each producer sends its next message when the last one is answered. */
async function sync(load: Load, workload: Workload): Promise<LoadResult> {
  for (let producer = 0; producer < workload.producers; producer++) {
    const client = await load.open();
    const template = client.template(`${QUEUE}-${producer}`, workload.bodyBytes, true, null);
    let sequence = 0;
    let sentAtUs = 0;
    const next = (refusal: string | null): void => {
      if (refusal !== null) return load.fail(refusal);
      const now = nowUs();
      if (sequence > 0) {
        load.count++;
        load.latencies.record(now - sentAtUs);
      }
      sentAtUs = now;
      client.publish(template, ++sequence, next);
      client.flush();
    };
    next(null);
  }
  return load.timed();
}

async function transient(load: Load, workload: Workload): Promise<LoadResult> {
  const sender = await load.open();
  const receiver = await load.open();
  const template = sender.template(QUEUE, workload.bodyBytes, false, null);
  let sent = 0;
  let first: MessageNumber | null = null;
  let open = 0;
  receiver.onDispatch = (producerSequenceId, brokerSequenceId) => {
    load.count++;
    first ??= { producerSequenceId, brokerSequenceId };
    if (++open === ACKNOWLEDGED_AT_ONCE) {
      receiver.acknowledge(QUEUE, 1, sender.id, first, { producerSequenceId, brokerSequenceId });
      first = null;
      open = 0;
    }
  };
  await receiver.consume(QUEUE, 1, PREFETCH);
  const fill = (): void => {
    for (let left = BATCH; left > 0 && sent - load.count < WINDOW; left--) sender.publish(template, ++sent, null);
    sender.flush();
    setImmediate(fill);
  };
  fill();
  return load.timed();
}

async function transacted(load: Load, workload: Workload): Promise<LoadResult> {
  const client = await load.open();
  const connectionId = { type: 'ConnectionId', value: client.id } as const;
  let value = 0;
  let sequence = 0;
  const run = async (): Promise<void> => {
    for (;;) {
      value++;
      const transactionId = { type: 'LocalTransactionId', value, connectionId } as const;
      client.send({ type: 'TransactionInfo', connectionId, transactionId, operation: 0 });
      const template = client.template(QUEUE, workload.bodyBytes, true, value);
      for (let left = COMMIT_MESSAGES; left > 0; left--) client.publish(template, ++sequence, null);
      const begun = nowUs();
      await client.call({ type: 'TransactionInfo', connectionId, transactionId, operation: 2 });
      load.latencies.record(nowUs() - begun);
      load.count += COMMIT_MESSAGES;
    }
  };
  run().catch((error) => load.fail(String(error)));
  return load.timed();
}

/** Everything is there before the first consumer comes. */
async function selectors(load: Load, workload: Workload): Promise<LoadResult> {
  const sender = await load.open();
  const templates = Array.from({ length: SELECTORS }, (_, index) => {
    return sender.template(QUEUE, workload.bodyBytes, true, null, new Map([['number', `n${index}`]]));
  });
  for (let sent = 0; sent < SELECTED; ) {
    const last = sent + 1000;
    while (sent < last - 1) sender.publish(templates[sent % SELECTORS]!, ++sent, null);
    await new Promise<void>((resolve) => {
      sender.publish(templates[sent % SELECTORS]!, ++sent, () => resolve());
      sender.flush();
    });
  }
  let received = 0;
  let drained: () => void = () => {};
  const all = new Promise<void>((resolve) => {
    drained = resolve;
  });
  const startedAt = performance.now();
  for (let connection = 0; connection < SELECTORS / ONE_CONNECTION; connection++) {
    const client = await load.open();
    client.onDispatch = () => {
      if (++received === SELECTED) drained();
    };
    const consumers = Array.from({ length: ONE_CONNECTION }, (_, index) => index);
    await Promise.all(
      consumers.map((index) => {
        const wanted = connection * ONE_CONNECTION + index;
        return client.consume(QUEUE, index + 1, PREFETCH, `number = 'n${wanted}'`);
      }),
    );
  }
  await Promise.race([all, load.failed]);
  return { drainedMs: performance.now() - startedAt };
}

export function runLoad(request: LoadRequest): Promise<LoadResult> {
  const workload = workloadNamed(request.workload);
  const load = new Load(request);
  switch (workload.kind) {
    case 'sync':
      return sync(load, workload);
    case 'transient':
      return transient(load, workload);
    case 'transacted':
      return transacted(load, workload);
    case 'selectors':
      return selectors(load, workload);
  }
}

if (import.meta.main) await answerWith(runLoad);
