/**
 * Entries and records for the tests of the Kafka format.
 */

import type { Hub } from '../../../src/core/format.ts';
import { Entry, type Message } from '../../../src/core/message.ts';
import { type Codec, compress } from '../../../src/wire/kafka/compression.ts';
import { BATCH_HEADER_BYTES } from '../../../src/wire/kafka/record-batch.ts';
import { encodeBatch, type RecordToWrite, replaceRecords } from '../../../src/wire/kafka/record-writer.ts';
import type { Random } from '../../wire/kafka/random.ts';

export const bare: Hub = {
  exchange: '',
  key: '',
  headers: new Map(),
  body: new Uint8Array(0),
  contentType: null,
  contentEncoding: null,
  messageId: null,
  correlationId: null,
  replyTo: null,
  subject: null,
  userId: null,
  appId: null,
  createdAt: null,
  persistent: true,
  priority: 0,
  expiresAt: 0,
};

/** The batch with its records compressed by `codec`. */
export function batchOf(records: readonly RecordToWrite[], codec: Codec = 0): Uint8Array {
  const plain = encodeBatch(records);
  return codec === 0 ? plain : replaceRecords(plain, 0, compress(codec, plain.subarray(BATCH_HEADER_BYTES)), codec);
}

/** A reader's entry on record `index` of a batch that lies in the middle of a larger buffer, as in the store. */
export function entryOn(batch: Uint8Array, index = 0, base = 1_000): Entry {
  const entry = new Entry();
  place(entry, new Uint8Array(batch.length + 40).fill(0xee), 17, batch);
  entry.base = base;
  entry.offset = base + index;
  return entry;
}

/** Lets the entry show `batch`, which is written to `memory` at `at`. */
export function place(entry: Entry, memory: Uint8Array, at: number, batch: Uint8Array): void {
  memory.set(batch, at);
  entry.bytes = memory;
  entry.start = at;
  entry.end = at + batch.length;
  entry.format = 2;
  entry.persistent = true;
  entry.count = new DataView(batch.buffer, batch.byteOffset).getInt32(57);
}

export function entryOf(message: Message): Entry {
  const bytes = new Uint8Array(message.length);
  message.write(bytes, 0);
  const entry = entryOn(bytes);
  entry.format = message.format;
  entry.count = message.count;
  entry.persistent = message.persistent;
  entry.priority = message.priority;
  entry.timestamp = message.timestamp;
  return entry;
}

export function record(fields: Partial<RecordToWrite> = {}): RecordToWrite {
  return { key: null, value: Buffer.from(''), headers: [], timestampMs: 1_700_000_000_000, ...fields };
}

export function randomRecord(random: Random): RecordToWrite {
  return record({
    key: random.once(4) ? null : random.once(4) ? random.bytes(random.int(12)) : Buffer.from(random.text(30)),
    value: random.once(5) ? null : random.bytes(random.once(10) ? random.int(5_000) : random.int(60)),
    headers: Array.from({ length: random.once(20) ? 70 : random.int(4) }, (_, index) => ({
      key: `h${index}.${random.text(8)}`,
      value: random.once(4) ? null : random.once(2) ? random.bytes(random.int(20)) : Buffer.from(random.text(20)),
    })),
    timestampMs: 1_700_000_000_000 + random.int(100_000) - 50_000,
  });
}

/** Everything of a hub form in a shape that is compared as it is. */
export function shown(hub: Hub): object {
  return { ...hub, body: Buffer.from(hub.body).toString('hex'), headers: shownValue(hub.headers) };
}

function shownValue(value: unknown): unknown {
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('hex') };
  if (value instanceof Map) return { table: [...value].map(([name, item]) => [name, shownValue(item)]) };
  return Array.isArray(value) ? value.map(shownValue) : value;
}
