/**
 * Content headers: every property alone and all together, and the scan that does not decode.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { WireError } from '../../../src/wire/amqp091/constants.ts';
import {
  decodeProperties,
  encodeHeaderFrame,
  HeaderScan,
  type Properties,
} from '../../../src/wire/amqp091/properties.ts';
import { PROPERTIES, type PropertyName } from '../../../src/wire/amqp091/schema.ts';
import { FieldReader } from '../../../src/wire/amqp091/values.ts';
import { fieldValue, Random } from './random.ts';

const names = Object.keys(PROPERTIES) as PropertyName[];

function propertiesOf(random: Random, chosen: readonly PropertyName[]): Properties {
  return Object.fromEntries(chosen.map((name) => [name, fieldValue(random, PROPERTIES[name])]));
}

describe('properties', () => {
  test('come back, whichever are there; every cut is noticed', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = new Random(seed);
      const properties = propertiesOf(random, seed === 1 ? names : names.filter(() => random.int(3) === 0));
      const frame = encodeHeaderFrame(3, 12345, properties);
      const end = frame.length - 1;
      assert.deepEqual(decodeProperties(new FieldReader(frame, 7, end)), properties, `seed ${seed}`);
      const scan = new HeaderScan();
      scan.scan(frame, 7, end);
      assert.equal(scan.bodyBytes, 12345);
      assert.equal(scan.classId, 60);
      assert.equal(scan.persistent, properties.deliveryMode === 2);
      assert.equal(scan.priority, properties.priority ?? 0);
      const text = (at: number): string | undefined =>
        at === 0 ? undefined : new FieldReader(frame, at, end).shortstr();
      assert.equal(text(scan.expirationAt), properties.expiration);
      assert.equal(text(scan.userIdAt), properties.userId);
      assert.equal(text(scan.replyToAt), properties.replyTo);
      if (scan.headersAt !== 0) {
        assert.deepEqual(new FieldReader(frame, scan.headersAt, end).table(), properties.headers);
      }
      for (let cut = 7; cut < end; cut++) {
        assert.throws(() => decodeProperties(new FieldReader(frame, 7, cut)), WireError);
      }
    }
  });

  test('a scan of cut or random bytes is a WireError or a result', () => {
    const random = new Random(99);
    for (let round = 0; round < 20_000; round++) {
      const bytes = random.bytes(random.int(60));
      try {
        new HeaderScan().scan(bytes, 0, bytes.length);
      } catch (error) {
        assert.ok(error instanceof WireError, String(error));
      }
    }
  });
});
