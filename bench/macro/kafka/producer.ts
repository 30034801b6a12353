/**
 * An idempotent producer with `acks=all` that has at most `window` requests unanswered, as the Java client with its 5.
 *
 *     source.next() ─▶ one write ─▶ answer: ledger, latency, and the next one
 *
 * A broker that refuses a batch ends the run: a benchmark does not retry.
 */

import { nowUs } from '../clock.ts';
import type { Histogram } from '../histogram.ts';
import { Caller } from './connection.ts';
import type { Ledger } from './ledger.ts';
import type { ProduceRequest, RequestSource } from './produce-request.ts';
import { initProducerId, type ProducerIdentity } from './topic.ts';

/** Index, error i16, base offset, append time, start offset. */
const ANSWER_ENTRY_BYTES = 30;

export class Producer<Source extends RequestSource = RequestSource> {
  acknowledged = 0;
  readonly source: Source;
  private readonly caller: Caller;
  private readonly ledger: Ledger;
  private readonly index: number;
  private readonly latencies: Histogram;
  /** Answers come in the order of the requests. */
  private readonly inFlight: ProduceRequest[] = [];
  private correlation = 1000;

  private constructor(caller: Caller, index: number, source: Source, ledger: Ledger, latencies: Histogram) {
    this.caller = caller;
    this.index = index;
    this.source = source;
    this.ledger = ledger;
    this.latencies = latencies;
  }

  /** Connects and gets a producer id, with which `makeSource` encodes its batches. */
  static async open<Source extends RequestSource>(
    port: number,
    ledger: Ledger,
    latencies: Histogram,
    makeSource: (identity: ProducerIdentity) => Source,
  ): Promise<Producer<Source>> {
    const caller = await Caller.open(port);
    const identity = await initProducerId(caller);
    const index = ledger.register(identity.producerId);
    const producer = new Producer(caller, index, makeSource(identity), ledger, latencies);
    caller.scanner.onFrame = (bytes, at) => producer.answered(bytes, at);
    caller.scanner.onRead = () => producer.fill();
    return producer;
  }

  get unanswered(): number {
    return this.inFlight.length;
  }

  get failed(): Promise<never> {
    return this.caller.connection.failed;
  }

  /** Sends what there is to send. */
  fill(): void {
    for (;;) {
      const now = nowUs();
      const request = this.source.next(now);
      if (request === undefined) return;
      this.inFlight.push(request);
      this.caller.connection.socket.write(request.sealed(++this.correlation, now));
    }
  }

  close(): void {
    this.caller.close();
  }

  /** | correlation | topics 1 | name | partitions | entries | throttle time | */
  private answered(bytes: Buffer, from: number): void {
    const request = this.inFlight.shift();
    if (request === undefined) throw new Error('an answer to no request');
    if (bytes.readInt32BE(from) !== request.correlation) throw new Error('an answer out of turn');
    let at = from + 8;
    at += 2 + bytes.readInt16BE(at);
    const count = bytes.readInt32BE(at);
    if (count !== request.count) throw new Error(`${count} partitions answered of ${request.count}`);
    at += 4;
    let records = 0;
    for (let i = 0; i < count; i++, at += ANSWER_ENTRY_BYTES) {
      const partition = bytes.readInt32BE(at);
      const error = bytes.readInt16BE(at + 4);
      if (error !== 0) throw new Error(`partition ${partition}: produce was answered by error ${error}`);
      const taken = recordsFor(request, partition, i);
      this.ledger.acknowledged(this.index, partition, taken);
      records += taken;
    }
    this.acknowledged += records;
    this.latencies.record(nowUs() - request.sentUs, records);
    this.source.answered(request);
  }
}

/** Nearly always in the order of the request, but a broker is free to answer in another. */
function recordsFor(request: ProduceRequest, partition: number, expectedAt: number): number {
  const at = request.partitions[expectedAt] === partition ? expectedAt : request.partitions.indexOf(partition);
  if (at < 0 || at >= request.count) throw new Error(`partition ${partition} answered, but nothing was sent to it`);
  return request.records[at]!;
}
