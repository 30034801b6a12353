/**
 * The side of a row that counts, in a process of its own: what arrives between two moments after the warm-up, and the
 * processor time that it takes here.
 */
import { nowUs } from '../clock.ts';
import { answerWith } from '../generator.ts';
import { Histogram } from '../histogram.ts';
import { type Library, type LibraryName, loadLibrary } from './library.ts';
import type { Workload } from './workloads.ts';

export interface CounterRequest {
  library: LibraryName;
  workload: Workload;
  address: string;
  warmupSeconds: number;
  seconds: number;
}

export interface Count {
  /** Messages, round trips or deliveries a second. */
  rate: number;
  /** Of this side, a message; absent for programs that do not say. */
  cpuUs?: number;
  /** Of a round trip. */
  p50Us?: number;
  p99Us?: number;
}

/** A look at the clock every so many messages; timers have no say while messages keep coming. */
const LOOK_MESSAGES = 256;

class Meter {
  count = 0;
  done = false;
  readonly latency = new Histogram();
  readonly #request: CounterRequest;
  #beginUs = 0;
  #startUs = 0;
  #startCount = 0;
  #startCpu = process.cpuUsage();
  #endUs = 0;
  #cpuUs = 0;
  #looked = 0;

  constructor(request: CounterRequest) {
    this.#request = request;
  }

  get counting(): boolean {
    return this.#startUs !== 0;
  }

  add(messages: number): void {
    this.count += messages;
    if (this.count - this.#looked >= LOOK_MESSAGES || this.#request.workload.kind === 'request') this.#look();
  }

  #look(): void {
    this.#looked = this.count;
    const timeUs = nowUs();
    const { warmupSeconds, seconds } = this.#request;
    if (this.#beginUs === 0) this.#beginUs = timeUs;
    if (this.#startUs === 0) {
      if (timeUs - this.#beginUs < warmupSeconds * 1e6) return;
      this.#startUs = timeUs;
      this.#startCount = this.count;
      this.#startCpu = process.cpuUsage();
    } else if (timeUs - this.#startUs >= seconds * 1e6) {
      this.#endUs = timeUs;
      const { user, system } = process.cpuUsage(this.#startCpu);
      this.#cpuUs = user + system;
      this.done = true;
    }
  }

  result(): Count {
    const messages = this.count - this.#startCount;
    const count: Count = {
      rate: (messages / (this.#endUs - this.#startUs)) * 1e6,
      cpuUs: this.#cpuUs / messages,
    };
    if (this.latency.count === 0) return count;
    return { ...count, p50Us: this.latency.percentile(0.5), p99Us: this.latency.percentile(0.99) };
  }
}

async function pull({ Pull }: Library, { workload, address }: CounterRequest, meter: Meter): Promise<void> {
  const socket = new Pull();
  await socket.bind(address);
  if (workload.batches && 'receiveMany' in socket) {
    while (!meter.done) meter.add((await socket.receiveMany()).length);
    return;
  }
  for await (const [body] of socket) {
    if (body?.length !== workload.bodyBytes) throw new Error(`a message of ${body?.length} bytes`);
    meter.add(1);
    if (meter.done) return;
  }
}

async function ask({ Request }: Library, { workload, address }: CounterRequest, meter: Meter): Promise<void> {
  const socket = new Request();
  socket.connect(address);
  const body = Buffer.alloc(workload.bodyBytes, 1);
  while (!meter.done) {
    const sentUs = nowUs();
    await socket.send(body);
    await socket.receive();
    if (meter.counting) meter.latency.record(nowUs() - sentUs);
    meter.add(1);
  }
}

async function subscribe({ Subscriber }: Library, { workload, address }: CounterRequest, meter: Meter): Promise<void> {
  const readers = Array.from({ length: workload.subscribers }, async () => {
    const socket = new Subscriber();
    socket.connect(address);
    socket.subscribe();
    for await (const [body] of socket) {
      if (body?.length !== workload.bodyBytes) throw new Error(`a message of ${body?.length} bytes`);
      meter.add(1);
      if (meter.done) return;
    }
  });
  await Promise.race(readers);
}

await answerWith<CounterRequest>(async (request) => {
  const library = await loadLibrary(request.library);
  const meter = new Meter(request);
  await { push: pull, request: ask, publish: subscribe }[request.workload.kind](library, request, meter);
  return meter.result();
});
