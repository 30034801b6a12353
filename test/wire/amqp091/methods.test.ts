/**
 * Generated for every method of the schema: round trip, and truncation at every byte.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { WireError } from '../../../src/wire/amqp091/constants.ts';
import { decodeMethod, encodeMethod, methodName } from '../../../src/wire/amqp091/methods.ts';
import { type MethodName, type MethodSchema, SCHEMA } from '../../../src/wire/amqp091/schema.ts';
import { FieldReader } from '../../../src/wire/amqp091/values.ts';
import { methodValues, Random } from './random.ts';

const methods = Object.entries(SCHEMA) as [MethodName, MethodSchema][];

describe('every method', () => {
  test('has an id of its own', () => {
    assert.equal(new Set(methods.map(([, { id }]) => id.join('.'))).size, methods.length);
  });

  for (const [name, schema] of methods) {
    test(`${name}: round trip and truncation`, () => {
      for (let seed = 1; seed <= 20; seed++) {
        const values = methodValues(new Random(seed), schema);
        const frame = encodeMethod(7, name, values as never);
        assert.deepEqual([...frame.subarray(0, 3)], [1, 0, 7]);
        assert.equal(frame.at(-1), 0xce);
        assert.equal(methodName(schema.id[0], schema.id[1]), name);
        const end = frame.length - 1;
        assert.deepEqual(decodeMethod(new FieldReader(frame, 7, end)), { name, ...values });
        for (let cut = 7; cut < end; cut++) {
          assert.throws(() => decodeMethod(new FieldReader(frame, 7, cut)), WireError, `${name} cut at ${cut}`);
        }
      }
    });
  }

  test('random bytes are a method or a WireError', () => {
    const random = new Random(20261123);
    for (let round = 0; round < 20_000; round++) {
      const bytes = random.bytes(random.int(60));
      const [, schema] = methods[random.int(methods.length)] as [MethodName, MethodSchema];
      if (bytes.length > 4) bytes.set([0, schema.id[0], 0, schema.id[1]]);
      try {
        decodeMethod(new FieldReader(bytes, 0, bytes.length));
      } catch (error) {
        assert.ok(error instanceof WireError, String(error));
      }
    }
  });
});
