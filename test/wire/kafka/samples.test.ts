/**
 * Messages that Kafka's own library wrote (kafka-clients 4.3.0): for every API, direction and version one in which each
 * field has a value of its own, arrays one element, and all tags are there; and one in which all that may be null is.
 *
 * The other tests find out that reader and writer agree with each other; this one, that they agree with Kafka.
 * In samples.json versions with the same bytes share an entry: `"3-8": ["0001..."]`. Bodies only, without headers.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { APIS } from '../../../src/wire/kafka/apis.ts';
import { WireReader } from '../../../src/wire/kafka/reader.ts';
import { WireWriter } from '../../../src/wire/kafka/writer.ts';

type Samples = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
const samples = JSON.parse(readFileSync(new URL('samples.json', import.meta.url), 'utf8')) as Samples;

/** All versions of a message and their samples, by hexadecimal digits. */
function versionsOf(message: string): Map<number, readonly string[]> {
  const versions = new Map<number, readonly string[]>();
  for (const [range, hexes] of Object.entries(samples[message] ?? assert.fail(`no samples of ${message}`))) {
    const [from = 0, to = 0] = range.split('-').map(Number);
    for (let version = from; version <= to; version++) versions.set(version, hexes);
  }
  return versions;
}

for (const api of APIS) {
  for (const direction of ['request', 'response'] as const) {
    test(`${api.name} ${direction}, v${api.min} to v${api.max}`, () => {
      const versions = versionsOf(`${api.key} ${api.name} ${direction}`);
      assert.deepEqual([Math.min(...versions.keys()), Math.max(...versions.keys())], [api.min, api.max]);
      for (const [version, hexes] of versions) {
        const codec = direction === 'request' ? api.requestCodec(version) : api.responseCodec(version);
        for (const hex of hexes) {
          const bytes = Buffer.from(hex, 'hex');
          const reader = new WireReader(bytes, 0, bytes.length, `v${version}`);
          const value = codec.read(reader);
          assert.equal(reader.at, bytes.length, `v${version} is read to its end`);
          const written = Buffer.alloc(codec.size(value));
          codec.write(new WireWriter(written, 0), value);
          assert.equal(written.toString('hex'), hex, `v${version} is written as it was`);
        }
      }
    });
  }
}

test('every API of the samples is there', () => {
  const names = APIS.flatMap(({ key, name }) => [`${key} ${name} request`, `${key} ${name} response`]);
  assert.deepEqual(Object.keys(samples).sort(), names.sort());
});

test('a field is where Kafka has it', () => {
  const codec = APIS.find(({ name }) => name === 'Fetch')?.responseCodec(12);
  const bytes = Buffer.from(versionsOf('1 Fetch response').get(12)?.[0] ?? '', 'hex');
  const value = codec?.read(new WireReader(bytes, 0, bytes.length, 'Fetch')) as {
    responses: readonly { partitions: readonly Record<string, unknown>[] }[];
  };
  const { records: _, ...partition } = value.responses[0]?.partitions[0] ?? {};
  assert.deepEqual(partition, {
    partitionIndex: 0x1_0005,
    errorCode: 0x106,
    highWatermark: 2 ** 32 + 7,
    lastStableOffset: 2 ** 32 + 8,
    logStartOffset: 2 ** 32 + 9,
    divergingEpoch: { epoch: 0x1_000e, endOffset: 2 ** 32 + 15 },
    currentLeader: { leaderId: 0x1_0010, leaderEpoch: 0x1_0011 },
    snapshotId: { endOffset: 2 ** 32 + 18, epoch: 0x1_0013 },
    abortedTransactions: [{ producerId: 2 ** 32 + 10, firstOffset: 2 ** 32 + 11 }],
    preferredReadReplica: 0x1_000c,
  });
});
