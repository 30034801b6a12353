/**
 * Primitive maps, bodies and compressed bodies, as the Java client (activemq-client 5.18.6) writes them, and as they
 * may not be.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deflateSync } from 'node:zlib';
import {
  inflated,
  readMap,
  readStreamBody,
  readTextBody,
  writeMap,
  writeStreamBody,
  writeTextBody,
} from '../../../src/wire/openwire/bodies.ts';
import {
  defaultPrimitiveLimits,
  type Num,
  type NumberType,
  PrimitiveReader,
  type Table,
  type Value,
} from '../../../src/wire/openwire/primitives.ts';
import { OpenWireError } from '../../../src/wire/openwire/protocol.ts';
import { Random } from '../../simulation/random.ts';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const num = (type: NumberType, value: number | bigint, scale = 0): Num => ({ type, value, scale });

const JAVA_MAP = hex(
  '0000000c00046e756c6c000003796573010100046279746502fb000463686172036f22000573686f727404fed40003696e7405fffeee9000' +
    '046c6f6e670680000000000000000006646f75626c6507fe41eb2d660058350005666c6f6174083dcccccd00047465787409000ac3a9c080' +
    'eda0bdedb880000562797465730a000000030001ff00036d61700b0000000100046c6973740c00000003050000000109000374776f0c0000' +
    '0001060000000000000003',
);
const MAP: Table = new Map<string, Value>([
  ['null', null],
  ['yes', true],
  ['byte', num('int8', -5)],
  ['char', '漢'],
  ['short', num('int16', -300)],
  ['int', num('int32', -70_000)],
  ['long', num('int64', -(2n ** 63n))],
  ['double', num('double', -1.5e300)],
  ['float', num('float', Math.fround(0.1))],
  ['text', 'é\u0000😀'],
  ['bytes', Uint8Array.of(0, 1, 255)],
  ['map', new Map<string, Value>([['list', [num('int32', 1), 'two', [num('int64', 3)]]]])],
]);

describe('primitive maps', () => {
  test('as Java writes them', () => {
    const map = readMap(JAVA_MAP);
    assert.deepEqual(map, MAP);
    map.delete('char');
    const withoutChar = Buffer.concat([
      hex('0000000b'),
      JAVA_MAP.subarray(4, JAVA_MAP.indexOf('char') - 2),
      JAVA_MAP.subarray(JAVA_MAP.indexOf('char') + 7),
    ]);
    assert.deepEqual(Buffer.from(writeMap(map)), withoutChar, 'a char is the only type that is not kept');
  });

  test('one value is found without the others', () => {
    for (const [name, value] of MAP) {
      const reader = new PrimitiveReader(JAVA_MAP, 0, JAVA_MAP.length, defaultPrimitiveLimits);
      assert.deepEqual(reader.find(name), value, name);
    }
    for (const name of ['', 'nul', 'nulls', 'list']) {
      const reader = new PrimitiveReader(JAVA_MAP, 0, JAVA_MAP.length, defaultPrimitiveLimits);
      assert.equal(reader.find(name), undefined, name);
    }
  });

  test('numbers that Java has not become wider ones', () => {
    const numbers = [
      [num('uint8', 200), num('int16', 200)],
      [num('uint16', 60_000), num('int32', 60_000)],
      [num('uint32', 4e9), num('int64', 4e9)],
      [num('timestamp', 1), num('int64', 1)],
      [num('decimal', 125, 2), num('double', 1.25)],
      [num('int64', 2n ** 63n - 1n), num('int64', 2n ** 63n - 1n)],
    ] as const;
    for (const [given, back] of numbers) assert.deepEqual(readStreamBody(writeStreamBody([given])), [back]);
  });

  test('long texts', () => {
    for (const text of ['x'.repeat(8190), 'x'.repeat(8191), '漢😀\u0000'.repeat(5000)]) {
      const bytes = writeMap(new Map([['t', text]]));
      assert.equal(bytes[7], text.length < 8191 ? 9 : 13);
      assert.equal(readMap(bytes).get('t'), text);
    }
    assert.throws(() => writeMap(new Map([['x'.repeat(65_536), true]])), OpenWireError);
  });

  test('none, and an empty one', () => {
    assert.equal(readMap(hex('ffffffff')).size, 0);
    assert.equal(readMap(hex('00000000')).size, 0);
  });

  test('cut at every byte', () => {
    for (let cut = 0; cut < JAVA_MAP.length; cut++) {
      assert.throws(() => readMap(JAVA_MAP.subarray(0, cut)), OpenWireError, `cut at ${cut}`);
      const reader = new PrimitiveReader(JAVA_MAP, 0, cut, defaultPrimitiveLimits);
      assert.throws(() => reader.find('nowhere'), OpenWireError, `cut at ${cut}`);
    }
  });

  test('counts and lengths that lie', () => {
    for (const text of ['7fffffff', '00000002000161000001', '00000001000161', '0000000100ffff', '000000010001610e']) {
      assert.throws(() => readMap(hex(text)), OpenWireError, text);
    }
    for (const tag of ['09ffff', '0affffffff', '0a7fffffff', '0d7fffffff', '0c7fffffff', '0b7fffffff']) {
      assert.throws(() => readStreamBody(hex(tag)), OpenWireError, tag);
    }
    assert.deepEqual(readStreamBody(hex('0dffffffff0bffffffff0cffffffff')), [null, null, null]);
  });

  test('nesting without end, and too many values', () => {
    const nested = hex(`${'0c00000001'.repeat(10_000)}00`);
    assert.throws(() => readStreamBody(nested), /nest deeper than 32/);
    const maps = Buffer.concat([hex('00000001'), hex(`000161${'0b00000001000161'.repeat(10_000)}00`)]);
    assert.throws(() => readMap(maps), /nest deeper than 32/);
    assert.throws(() => new PrimitiveReader(maps, 0, maps.length, defaultPrimitiveLimits).find('b'), /nest deeper/);
    const limits = { primitivesDepthMax: 2, primitivesMax: 10 };
    assert.throws(() => readStreamBody(hex(`0c0000000b${'00'.repeat(11)}`), limits), /more than 10 values/);
    assert.throws(() => readStreamBody(hex('00'.repeat(11)), limits), /more than 10 values/);
    const two = '0c00000006000000000000'.repeat(2);
    assert.throws(() => readStreamBody(hex(two), limits), /more than 10 values/);
  });

  test('random bytes are values or an OpenWireError', () => {
    const random = new Random(11);
    for (let round = 0; round < 20_000; round++) {
      const bytes = Uint8Array.from({ length: random.below(60) }, () => random.below(random.once(2) ? 14 : 256));
      for (const look of [readMap, readStreamBody, readTextBody]) {
        try {
          look(bytes);
        } catch (error) {
          assert.ok(error instanceof OpenWireError, `round ${round}: ${error}`);
        }
      }
    }
  });
});

describe('bodies', () => {
  test('text', () => {
    const java = hex('0000000fc3a9c080eda0bdedb8802074657874');
    assert.equal(readTextBody(java), 'é\u0000😀 text');
    assert.deepEqual(Buffer.from(writeTextBody('é\u0000😀 text')), java);
    assert.equal(readTextBody(hex('ffffffff')), null);
    const long = '漢😀'.repeat(50_000);
    assert.equal(readTextBody(writeTextBody(long)), long);
  });

  test('stream', () => {
    const java = hex(
      '0101020104000203006305000000030600000000000000040840b0000007401a000000000000090005736576656e0a000000010800',
    );
    const values: Value[] = [
      true,
      num('int8', 1),
      num('int16', 2),
      'c',
      num('int32', 3),
      num('int64', 4),
      num('float', 5.5),
      num('double', 6.5),
      'seven',
      Uint8Array.of(8),
      null,
    ];
    assert.deepEqual(readStreamBody(java), values);
    assert.deepEqual(readStreamBody(writeStreamBody(values)), values);
    assert.deepEqual(readStreamBody(new Uint8Array(0)), []);
  });

  test('compressed', () => {
    assert.equal(readTextBody(inflated(hex('789c636060d048241200003d570f51'), false, 1000)), 'a'.repeat(40));
    assert.deepEqual(inflated(hex('00000028789c63601805a360148c64000004040001'), true, 1000), Buffer.alloc(40));
    const map = readMap(inflated(hex('789c636060606460cce664904dc40700b7910b91'), false, 1000));
    assert.deepEqual([...map], [['k', 'a'.repeat(29)]]);
  });

  test('bytes that are shorter than the buffer they were deflated with, and such that are not there', () => {
    const deflated = deflateSync(Buffer.concat([Buffer.from('body'), new Uint8Array(1000)]));
    const announcing = (length: number): Uint8Array => Buffer.concat([Buffer.from([0, 0, 0, length]), deflated]);
    assert.deepEqual(Buffer.from(inflated(announcing(4), true, 10)).toString(), 'body');
    assert.throws(() => inflated(announcing(11), true, 10), /body of 11 bytes, and 10 are the most/);
    const short = Buffer.concat([hex('00000009'), deflateSync(Buffer.from('body'))]);
    assert.throws(() => inflated(short, true, 10), /of which 4 are there/);
  });

  test('what inflates without end, or not at all', () => {
    const bomb = deflateSync(new Uint8Array(10_000_000));
    assert.throws(() => inflated(bomb, false, 100_000), OpenWireError);
    assert.throws(() => inflated(Buffer.concat([hex('00000001'), bomb]), true, 100_000), OpenWireError);
    for (const bytes of [hex(''), hex('00'), hex('789c6360'), hex('ffffffff')]) {
      assert.throws(() => inflated(bytes, false, 1000), OpenWireError);
      assert.throws(() => inflated(bytes, true, 1000), OpenWireError);
    }
  });
});
