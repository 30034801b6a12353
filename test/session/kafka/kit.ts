/**
 * A Kafka connection over a real core, without a socket: requests go in as bytes, answers come out decoded.
 */
import assert from 'node:assert/strict';
import type { Topic } from '../../../src/core/topic.ts';
import { KafkaConnection } from '../../../src/session/kafka/connection.ts';
import { KafkaFormat } from '../../../src/session/kafka/message.ts';
import { KafkaNode } from '../../../src/session/kafka/node.ts';
import type { Api, ReadResponseOf, WrittenRequestOf } from '../../../src/wire/kafka/api.ts';
import { encodeRequest, readResponse } from '../../../src/wire/kafka/messages.ts';
import { BATCH_HEADER_BYTES, sealBatch } from '../../../src/wire/kafka/record-batch.ts';
import type { Shape } from '../../../src/wire/kafka/schema.ts';
import { Kit } from '../../core/kit.ts';

export class FakeOutbox {
  readonly written: Uint8Array[] = [];
  readonly releases: (() => void)[] = [];
  paused = false;
  closed = false;
  pendingBytes = 0;

  write(bytes: Uint8Array, release: (() => void) | null): void {
    this.written.push(bytes.slice());
    if (release !== null) this.releases.push(release);
  }

  close(): void {
    this.closed = true;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }
}

/** One client; asks and is answered in order. */
export class Client {
  readonly outbox = new FakeOutbox();
  readonly connection: KafkaConnection;
  readonly faults: unknown[];
  readonly #kit: KafkaKit;
  readonly #asked: { api: Api; version: number; correlationId: number }[] = [];
  #correlationId = 0;

  constructor(kit: KafkaKit, remoteAddress = '127.0.0.1') {
    this.#kit = kit;
    this.faults = kit.faults;
    this.connection = new KafkaConnection({
      node: kit.node,
      outbox: this.outbox,
      remoteAddress,
      host: 'localhost',
      port: 9092,
    });
  }

  /** Sends a request, without a turn. */
  send<Q extends Shape, S extends Shape>(
    api: Api<Q, S>,
    version: number,
    body: WrittenRequestOf<Api<Q, S>>,
    chunkBytes = Number.POSITIVE_INFINITY,
  ): void {
    const correlationId = ++this.#correlationId;
    this.#asked.push({ api: api as unknown as Api, version, correlationId });
    this.raw(encodeRequest(api, version, correlationId, 'test', body), chunkBytes);
  }

  raw(bytes: Uint8Array, chunkBytes = Number.POSITIVE_INFINITY): void {
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      this.connection.receive(bytes.slice(at, Math.min(bytes.length, at + chunkBytes)));
    }
  }

  /** The answers that came since the last call, checked to be those to the oldest requests. */
  answers(): Readonly<Record<string, unknown>>[] {
    const all = Buffer.concat(this.outbox.written.splice(0));
    const answers: Readonly<Record<string, unknown>>[] = [];
    for (let at = 0; at < all.length; ) {
      const end = at + 4 + all.readInt32BE(at);
      const asked = this.#asked.shift();
      assert.ok(asked !== undefined, 'an answer that nobody asked for');
      assert.equal(all.readInt32BE(at + 4), asked.correlationId, 'answers come in the order of the requests');
      answers.push(readResponse(asked.api, asked.version, all, at + 4, end) as Readonly<Record<string, unknown>>);
      at = end;
    }
    return answers;
  }

  /** Asks, lets the broker settle, and gives the one answer. */
  ask<Q extends Shape, S extends Shape>(
    api: Api<Q, S>,
    version: number,
    body: WrittenRequestOf<Api<Q, S>>,
  ): ReadResponseOf<Api<Q, S>> {
    this.send(api, version, body);
    this.#kit.settle();
    assert.deepEqual(this.faults, []);
    const [answer, ...more] = this.answers();
    assert.ok(answer !== undefined, `${api.name} v${version} was not answered`);
    assert.equal(more.length, 0);
    return answer as ReadResponseOf<Api<Q, S>>;
  }
}

export class KafkaKit extends Kit {
  readonly faults: unknown[] = [];
  readonly node: KafkaNode;
  private ids = 0;

  constructor(...parts: ConstructorParameters<typeof Kit>) {
    super(...parts);
    this.broker.formats.register(new KafkaFormat());
    this.node = new KafkaNode({
      broker: this.broker,
      namespace: this.namespace,
      cluster: '0123456789abcdef',
      epoch: 1,
      advertise: null,
      partitions: 2,
      newId: () => `id${this.ids++}`,
      authenticate: (user, password) => user === 'guest' && password === 'secret',
      letsIn: (from) => from === '127.0.0.1',
      onFault: (error) => void this.faults.push(error),
    });
  }

  client(remoteAddress?: string): Client {
    return new Client(this, remoteAddress);
  }

  topic(name: string, partitions = 1, settings: Record<string, string> = {}): Topic {
    const topic = this.node.topics.create(name, partitions, new Map(Object.entries(settings)));
    assert.ok(typeof topic !== 'number', `${name} could not be created: ${String(topic)}`);
    this.settle();
    return topic;
  }

  override restart(): KafkaKit {
    return new KafkaKit({}, this.store.crash(false));
  }
}

export interface BatchParts {
  readonly producerId?: number;
  readonly epoch?: number;
  readonly sequence?: number;
  readonly timestamp?: number;
  readonly attributes?: number;
}

/** A batch of records with these values, no keys, made by hand so that it shares nothing with what is tested. */
export function batchOf(values: readonly string[], parts: BatchParts = {}): Uint8Array {
  const records = values.map((value, index) => {
    const bytes = Buffer.from(value);
    const body = [0, 0, ...zigzag(index), 1, ...zigzag(bytes.length), ...bytes, 0];
    return Buffer.from([...zigzag(body.length), ...body]);
  });
  const batch = Buffer.concat([Buffer.alloc(BATCH_HEADER_BYTES), ...records]);
  const timestamp = BigInt(parts.timestamp ?? 1_000);
  batch.writeInt32BE(batch.length - 12, 8);
  batch.writeInt32BE(-1, 12);
  batch[16] = 2;
  batch.writeInt16BE(parts.attributes ?? 0, 21);
  batch.writeInt32BE(values.length - 1, 23);
  batch.writeBigInt64BE(timestamp, 27);
  batch.writeBigInt64BE(timestamp, 35);
  batch.writeBigInt64BE(BigInt(parts.producerId ?? -1), 43);
  batch.writeInt16BE(parts.epoch ?? -1, 51);
  batch.writeInt32BE(parts.sequence ?? -1, 53);
  batch.writeInt32BE(values.length, 57);
  sealBatch(batch, 0);
  return batch;
}

function zigzag(value: number): number[] {
  const bytes: number[] = [];
  let rest = value >= 0 ? value * 2 : -value * 2 - 1;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return bytes;
}

/** What is in the batches of a Fetch's answer: offset and value of each record. */
export function recordsOf(records: { bytes: Uint8Array; start: number; end: number } | Uint8Array | null): string[] {
  if (records === null) return [];
  const all =
    records instanceof Uint8Array ? Buffer.from(records) : Buffer.from(records.bytes.slice(records.start, records.end));
  const found: string[] = [];
  for (let at = 0; at < all.length; ) {
    const base = Number(all.readBigInt64BE(at));
    const end = at + 12 + all.readInt32BE(at + 8);
    let place = at + BATCH_HEADER_BYTES;
    for (let index = 0; index < all.readInt32BE(at + 57); index++) {
      const lengths: number[] = [];
      const next = (): number => {
        let value = 0;
        let scale = 1;
        for (;;) {
          const byte = all[place++] as number;
          value += (byte & 127) * scale;
          if (byte < 128) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
          scale *= 128;
        }
      };
      const length = next();
      const recordEnd = place + length;
      place++;
      next();
      next();
      lengths.push(next());
      place += Math.max(0, lengths[0] as number);
      const valueLength = next();
      found.push(`${base + index}:${all.toString('utf8', place, place + valueLength)}`);
      place = recordEnd;
    }
    at = end;
  }
  return found;
}
