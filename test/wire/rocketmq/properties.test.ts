/**
 * Properties: found in any text, changed without touching the others.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NamedRanges } from '../../../src/wire/rocketmq/named-ranges.ts';
import {
  changedProperties,
  hasSeparator,
  PROPERTY,
  propertiesOf,
  propertyBytes,
  readProperties,
  writeProperty,
} from '../../../src/wire/rocketmq/properties.ts';
import { RESPONSE } from '../../../src/wire/rocketmq/response-codes.ts';
import { Random } from './random.ts';

function read(text: string): NamedRanges {
  const bytes = Buffer.from(`..${text}..`);
  const ranges = new NamedRanges();
  readProperties(bytes, 2, bytes.length - 2, ranges);
  return ranges;
}

function entriesOf(ranges: NamedRanges): [string, string][] {
  return Array.from({ length: ranges.count }, (_, index) => [ranges.nameOf(index), ranges.textOf(index)]);
}

test('whatever the separators, what has a name and a value is found', () => {
  const cases: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
    ['', []],
    [
      'a\x011\x02b\x012\x02',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    [
      'a\x011\x02b\x012',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    [
      'a\x01\x02b\x012',
      [
        ['a', ''],
        ['b', '2'],
      ],
    ],
    ['\x011\x02\x02\x02b\x012\x02', [['b', '2']]],
    ['nothing\x02b\x012\x02rest', [['b', '2']]],
    ['a\x011\x012\x02', [['a', '1\x012']]],
    ['ä\x01€\x02', [['ä', '€']]],
  ];
  for (const [text, expected] of cases) assert.deepEqual(entriesOf(read(text)), expected, JSON.stringify(text));
});

test('a property by its name, as text and as a number', () => {
  const ranges = read(
    'DELAY\x013\x02TAGS\x01old\x02TAG\x01no\x02TAGS\x01new\x02x\x01y\x02TIMER_DELIVER_MS\x011700000000123\x02',
  );
  assert.equal(ranges.text(PROPERTY.TAGS), 'new');
  assert.equal(ranges.int(PROPERTY.DELAY), 3);
  assert.equal(ranges.long(PROPERTY.TIMER_DELIVER_MS), 1700000000123);
  assert.deepEqual([ranges.text('x'), ranges.text('y'), ranges.text(PROPERTY.KEYS)], ['y', null, null]);
  assert.throws(() => ranges.int(PROPERTY.TAGS), /<TAGS> is not a number of 32 bits: "new"/);
});

test('changes leave the others as they are', () => {
  const changed = changedProperties(read('a\x011\x02TAGS\x01x\x02b\x012\x02TAGS\x01y\x02c\x01ü'), {
    TAGS: 'z',
    b: null,
    none: null,
    NEW: '€',
  });
  assert.equal(Buffer.from(changed).toString(), 'a\x011\x02c\x01ü\x02TAGS\x01z\x02NEW\x01€\x02');
  assert.equal(Buffer.from(propertiesOf({ KEYS: 'k' })).toString(), 'KEYS\x01k\x02');
  for (const [name, value] of [
    ['a', 'x\x02b\x01y'],
    ['a\x01', ''],
    ['', 'x'],
  ] as const)
    assert.throws(() => propertiesOf({ [name]: value }), { code: RESPONSE.MESSAGE_ILLEGAL });
});

test('what is written one by one is read', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = new Random(seed);
    const without = (text: string): string => text.replaceAll('\x01', '.').replaceAll('\x02', '.');
    const entries = Array.from({ length: random.int(80) }, (_, index): [string, string] => [
      without(`n${index}${random.text(20)}`),
      without(random.text(60)),
    ]);
    const bytes = Buffer.alloc(entries.reduce((sum, [name, value]) => sum + propertyBytes(name, value), 0));
    let at = 0;
    for (const [name, value] of entries) at = writeProperty(bytes, at, name, value);
    assert.equal(at, bytes.length);
    const ranges = new NamedRanges();
    readProperties(bytes, 0, bytes.length, ranges);
    assert.deepEqual(entriesOf(ranges), entries, `seed ${seed}`);
    assert.deepEqual(changedProperties(ranges, {}), new Uint8Array(bytes));
  }
  assert.deepEqual([hasSeparator('a\x01'), hasSeparator('\x02'), hasSeparator('ab')], [true, true, false]);
});
