import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  EXTENT,
  MOVED,
  PLACEMENT,
  Records,
  type RecordVisitor,
  readRecords,
} from '../../../src/store/journal/records.ts';

const FAR = 2 ** 40 + 3;

function sample(): Records {
  const records = new Records();
  records.created(4_000_000_000);
  records.extent(EXTENT, 7, FAR, 72, 1000, 10, true);
  records.extent(PLACEMENT, 8, 0, FAR, 100, 1, false);
  records.extent(MOVED, 9, 5, FAR + 1, 16_000_000, 1, false);
  records.release(7, 3, FAR);
  records.returned(7, 3, 4, 2);
  records.definition('{"kind":"namespace","name":"čaj"}');
  records.drop(8);
  return records;
}

function read(bytes: Uint8Array, end = bytes.length): { calls: unknown[][]; whole: boolean } {
  const calls: unknown[][] = [];
  const note =
    (name: string) =>
    (...values: unknown[]): void =>
      void calls.push([name, ...values]);
  const visitor: RecordVisitor = {
    extent: note('extent'),
    release: note('release'),
    returned: note('returned'),
    definition: note('definition'),
    drop: note('drop'),
    created: note('created'),
  };
  return { whole: readRecords(bytes, 0, end, visitor), calls };
}

test('records come back as they were written', () => {
  const { calls, whole } = read(sample().bytes);
  assert.ok(whole);
  assert.deepEqual(calls, [
    ['created', 4_000_000_000],
    ['extent', EXTENT, 7, FAR, 72, 1000, 10, true],
    ['extent', PLACEMENT, 8, 0, FAR, 100, 1, false],
    ['extent', MOVED, 9, 5, FAR + 1, 16_000_000, 1, false],
    ['release', 7, 3, FAR],
    ['returned', 7, 3, 4, 2],
    ['definition', '{"kind":"namespace","name":"čaj"}'],
    ['drop', 8],
  ]);
});

test('a table cut at any byte gives its whole records and says that it is not whole', () => {
  const { bytes } = sample();
  const ends = new Set<number>([0]);
  for (let end = 1; end <= bytes.length; end++) if (read(bytes, end).whole) ends.add(end);
  assert.equal(ends.size, 9, 'only the boundaries between records are whole');
});

test('an unknown kind ends the reading', () => {
  const bytes = Uint8Array.of(99, 1, 2, 3);
  assert.deepEqual(read(bytes), { whole: false, calls: [] });
});

test('the buffer grows with a large definition', () => {
  const records = new Records();
  records.definition('x'.repeat(100_000));
  records.drop(1);
  const { calls, whole } = read(records.bytes);
  assert.ok(whole);
  assert.equal(String(calls[0]?.[1]).length, 100_000);
  assert.deepEqual(calls[1], ['drop', 1]);
});
