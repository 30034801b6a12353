/**
 * Keeps so many sends waiting for their answers on one connection. Each answer makes room for the next send; everything
 * that one read of the socket answered is sent anew in one write.
 *
 *     slots 0 .. window-1 = the opaque of the request that waits in it
 *
 * A message differs from the one before in its opaque, its queue and its UNIQ_KEY, which are overwritten in a template.
 * A transaction takes two requests, its half message and its end. Clients send the end one-way; here it is answered, or
 * a broker could put it off without that being seen (the original drops ends that waited for three seconds).
 */

import { nowUs } from '../clock.ts';
import type { Histogram } from '../histogram.ts';
import { Connection } from '../kafka/connection.ts';
import { FrameScanner } from '../kafka/frame-scanner.ts';
import { Answer, CODES, encode, Template } from './command.ts';

export type Kind = 'send' | 'transaction' | 'half' | 'timer';

export interface FloodOptions {
  kind: Kind;
  topic: string;
  /** Below ten: a digit says which. */
  queues: number;
  bodyBytes: number;
  window: number;
}

const GROUP = 'dragoman-bench';
const QUEUE_MARK = '4';
const COUNT_DIGITS = 16;
const COUNT_MARK = '9'.repeat(COUNT_DIGITS);
const DUE_DIGITS = 13;
const DUE_MARK = '8'.repeat(DUE_DIGITS);
/** Timers are due in an hour and later, one each millisecond. */
const HOUR_MS = 3_600_000;
const COMMIT = 8;
const SYSTEM_BUSY = 2;

export class Flood {
  /** Sends, half messages or, of transactions, commits that were answered well. */
  confirmed = 0;
  sent = 0;
  /** Sends that the broker was too busy for; clients try those again, and so does a load that counts to its end. */
  refused = 0;
  /** How many more may be sent now. */
  allowance: () => number = () => 0;
  readonly failed: Promise<never>;
  private readonly connection: Connection;
  private readonly options: FloodOptions;
  private readonly latencies: Histogram;
  private readonly template: Template;
  private readonly queueAt: number;
  private readonly countAt: number;
  private readonly dueAt: number | undefined;
  private readonly free: number[] = [];
  private readonly sentAtUs: Float64Array;
  /** By slot: whether what is waited for is the end of a transaction. */
  private readonly ending: Uint8Array;
  private readonly answer = new Answer();
  private readonly ends: Buffer[] = [];
  private readonly startMs = Date.now();

  private constructor(connection: Connection, scanner: FrameScanner, options: FloodOptions, latencies: Histogram) {
    this.connection = connection;
    this.failed = connection.failed;
    this.options = options;
    this.latencies = latencies;
    this.sentAtUs = new Float64Array(options.window);
    this.ending = new Uint8Array(options.window);
    for (let slot = options.window - 1; slot >= 0; slot--) this.free.push(slot);
    this.template = new Template(sendCommand(options));
    // The queue is field e, the fifth one of SEND_MESSAGE_V2.
    this.queueAt = this.template.find(`\x00\x01e\x00\x00\x00\x01${QUEUE_MARK}`) + 7;
    this.countAt = this.template.find(COUNT_MARK);
    this.dueAt = options.kind === 'timer' ? this.template.find(DUE_MARK) : undefined;
    scanner.onFrame = (bytes, at, end) => this.answered(bytes, at, end);
    scanner.onRead = () => this.fill();
  }

  static async open(port: number, options: FloodOptions, latencies: Histogram): Promise<Flood> {
    const scanner = new FrameScanner();
    return new Flood(await Connection.open(port, scanner), scanner, options, latencies);
  }

  get unanswered(): number {
    return this.options.window - this.free.length;
  }

  fill(): void {
    const { socket } = this.connection;
    const { template, free, ends } = this;
    const size = template.bytes.length;
    const count = Math.min(free.length, this.allowance());
    if (count === 0 && ends.length === 0) return;
    const block = Buffer.allocUnsafe(count * size);
    const now = nowUs();
    for (let i = 0; i < count; i++) {
      const slot = free.pop()!;
      this.sentAtUs[slot] = now;
      this.stamp(slot);
      template.bytes.copy(block, i * size);
    }
    socket.write(ends.length === 0 ? block : Buffer.concat([...ends, block]));
    ends.length = 0;
  }

  close(): void {
    this.connection.close();
  }

  private stamp(slot: number): void {
    const { template, options, sent } = this;
    template.opaque(slot);
    template.digits(this.queueAt, 1, sent % options.queues);
    template.digits(this.countAt, COUNT_DIGITS, sent);
    if (this.dueAt !== undefined) {
      const due = this.startMs + HOUR_MS + (sent % HOUR_MS);
      template.digits(this.dueAt, DUE_DIGITS, due);
    }
    this.sent++;
  }

  private answered(bytes: Buffer, at: number, end: number): void {
    const { answer } = this;
    answer.read(bytes, at, end);
    const slot = answer.opaque;
    const half = this.options.kind === 'transaction' && this.ending[slot] === 0;
    if (answer.code === 0 && half) {
      this.ending[slot] = 1;
      this.ends.push(this.commit(answer));
      return;
    }
    this.ending[slot] = 0;
    this.free.push(slot);
    if (answer.code === SYSTEM_BUSY) {
      this.refused++;
      return;
    }
    if (answer.code !== 0) throw new Error(`a send was answered with code ${answer.code}`);
    this.latencies.record(nowUs() - this.sentAtUs[slot]!);
    this.confirmed++;
  }

  private commit(answer: Answer): Buffer {
    const id = answer.field('msgId') ?? '';
    const fields = {
      topic: this.options.topic,
      producerGroup: GROUP,
      tranStateTableOffset: answer.field('queueOffset') ?? '',
      // The last 16 digits of an offset message id are the message's place.
      commitLogOffset: BigInt(`0x${id.slice(-16)}`).toString(),
      commitOrRollback: COMMIT,
      fromTransactionCheck: false,
      msgId: answer.field('transactionId') ?? '',
      transactionId: answer.field('transactionId') ?? '',
    };
    return encode(CODES.endTransaction, fields, { opaque: answer.opaque });
  }
}

function sendCommand({ kind, topic, bodyBytes }: FloodOptions): Buffer {
  const properties = [`UNIQ_KEY\x017F00000100000000${COUNT_MARK}`, 'WAIT\x01true'];
  const prepared = kind === 'half' || kind === 'transaction';
  if (prepared) properties.push('TRAN_MSG\x01true', `PGROUP\x01${GROUP}`);
  if (kind === 'timer') properties.push(`TIMER_DELIVER_MS\x01${DUE_MARK}`);
  const fields = {
    a: GROUP,
    b: topic,
    c: 'TBW102',
    d: 4,
    e: QUEUE_MARK,
    f: prepared ? 4 : 0,
    g: Date.now(),
    h: 0,
    i: properties.join('\x02'),
    j: 0,
    k: false,
    m: false,
  };
  return encode(CODES.send, fields, { body: Buffer.alloc(bodyBytes, 'm') });
}
