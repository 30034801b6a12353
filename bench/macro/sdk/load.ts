/**
 * One run of one side, in a process of its own: so many messages, the first fifth of them not counted.
 */
import { answerWith } from '../generator.ts';
import { bareAmqp, bareKafka } from './bare-side.ts';
import { sdkSide } from './sdk-side.ts';
import { orderOf, type Side } from './side.ts';
import type { Workload } from './workloads.ts';

export interface LoadRequest {
  readonly side: 'bare' | 'sdk';
  readonly url: string;
  readonly workload: Workload;
}

export interface Load {
  /** Messages a second. */
  readonly rate: number;
  /** Of this process, a message. */
  readonly cpuUs: number;
}

const FILL_AT_A_TIME = 500;

class Meter {
  readonly #messages: number;
  readonly #from: number;
  #count = 0;
  #startedAt = 0;
  #cpu = process.cpuUsage();
  readonly #end = Promise.withResolvers<Load>();

  constructor(messages: number) {
    this.#messages = messages;
    this.#from = Math.floor(messages / 5);
  }

  get result(): Promise<Load> {
    return this.#end.promise;
  }

  add(count: number): void {
    const before = this.#count;
    this.#count += count;
    if (before < this.#from && this.#count >= this.#from) {
      this.#startedAt = performance.now();
      this.#cpu = process.cpuUsage();
    }
    if (before >= this.#messages || this.#count < this.#messages) return;
    const { user, system } = process.cpuUsage(this.#cpu);
    const counted = this.#messages - this.#from;
    const seconds = (performance.now() - this.#startedAt) / 1000;
    this.#end.resolve({ rate: counted / seconds, cpuUs: (user + system) / counted });
  }
}

function open({ side, url, workload }: LoadRequest): Promise<Side> {
  if (side === 'sdk') return sdkSide(url);
  return workload.protocol === 'amqp' ? bareAmqp(url) : bareKafka(url);
}

async function send(side: Side, { messages, window, kind }: Workload): Promise<Load> {
  const meter = new Meter(messages);
  let next = 0;
  const one = async (): Promise<void> => {
    while (next < messages) {
      next += 1;
      await side.send(orderOf(next));
      meter.add(1);
    }
  };
  const batch = async (): Promise<void> => {
    while (next < messages) {
      next += window;
      await side.sendAll(Array.from({ length: window }, (_, index) => orderOf(next + index)));
      meter.add(window);
    }
  };
  if (kind === 'batch') await batch();
  else await Promise.all(Array.from({ length: window }, one));
  return meter.result;
}

async function listen(side: Side, request: LoadRequest): Promise<Load> {
  const { messages, window } = request.workload;
  // Filled by the same hands for both sides.
  const filler = await sdkSide(request.url);
  for (let sent = 0; sent < messages; sent += FILL_AT_A_TIME) {
    await filler.sendAll(Array.from({ length: FILL_AT_A_TIME }, (_, index) => orderOf(sent + index)));
  }
  const meter = new Meter(messages);
  let sum = 0;
  await side.listen(window, ({ id }) => {
    sum += id;
    meter.add(1);
  });
  const load = await meter.result;
  if (sum < messages) throw new Error('the values were not read');
  return load;
}

await answerWith(async (request: LoadRequest) => {
  const side = await open(request);
  return request.workload.kind === 'listen' ? listen(side, request) : send(side, request.workload);
});
