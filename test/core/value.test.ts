/**
 * Values: JSON, equality by class.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CoreError } from '../../src/core/errors.ts';
import { Num, sameValue, tableIdentity, type Value } from '../../src/core/value.ts';
import { decodeValue, encodeValue } from '../../src/core/value-json.ts';

const VALUES: Value[] = [
  null,
  true,
  '',
  'text',
  new Uint8Array([0, 10, 255]),
  new Num('int8', -1),
  new Num('uint8', 255),
  new Num('int64', 9007199254740993n),
  new Num('int64', -5),
  new Num('double', 0.1),
  new Num('double', Number.NaN),
  new Num('double', -0),
  new Num('float', Number.NEGATIVE_INFINITY),
  new Num('decimal', 314, 2),
  new Num('timestamp', 1_700_000_000),
  [new Num('int16', 1), ['nested'], new Map()],
  new Map<string, Value>([
    ['__proto__', 'a key like any other'],
    ['t', new Map([['deep', null]])],
  ]),
];

test('every value comes back from JSON as it was', () => {
  for (const value of VALUES) {
    const text = JSON.stringify(encodeValue(value));
    assert.deepEqual(decodeValue(JSON.parse(text)), value, text);
  }
});

test('integers are one class, floating-point numbers another, and neither is a timestamp', () => {
  assert.ok(sameValue(new Num('int8', 5), new Num('int64', 5)));
  assert.ok(sameValue(new Num('int64', 5n), new Num('uint16', 5)));
  assert.ok(sameValue(new Num('float', 5), new Num('double', 5)));
  assert.ok(!sameValue(new Num('int32', 5), new Num('double', 5)));
  assert.ok(!sameValue(new Num('int32', 5), new Num('timestamp', 5)));
  assert.ok(!sameValue(new Num('decimal', 50, 1), new Num('int32', 5)));
  assert.ok(!sameValue('5', new Num('int32', 5)));
  assert.ok(!sameValue(null, undefined));
});

test('tables are equal in any order, and have one identity', () => {
  const one = new Map<string, Value>([
    ['a', new Num('int8', 1)],
    ['b', [true]],
  ]);
  const other = new Map<string, Value>([
    ['b', [true]],
    ['a', new Num('int32', 1)],
  ]);
  assert.ok(sameValue(one, other));
  assert.equal(tableIdentity(one), tableIdentity(other));
  assert.notEqual(tableIdentity(new Map([['a', '1']])), tableIdentity(new Map([['a', new Num('int8', 1)]])));
});

test('what is no value does not decode', () => {
  for (const json of ['5', '{}', '{"a":1,"b":2}', '{"int128":1}', '{"bytes":"0"}', '{"table":{}}', '{"int8":true}']) {
    assert.throws(() => decodeValue(JSON.parse(json)), CoreError, json);
  }
  let deep: Value = [];
  for (let i = 0; i < 100; i++) deep = [deep];
  assert.throws(() => encodeValue(deep), CoreError);
  assert.throws(() => decodeValue(JSON.parse('['.repeat(100) + ']'.repeat(100))), CoreError);
});
