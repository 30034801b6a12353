/**
 * First frames: what the Java client says, and what two sides agree on.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { writeMap } from '../../../src/wire/openwire/bodies.ts';
import { agree, infoOf, type Offer, offerOf } from '../../../src/wire/openwire/negotiation.ts';
import type { Value } from '../../../src/wire/openwire/primitives.ts';
import { defaultDecodingLimits, FIRST_FORMAT, OpenWireError } from '../../../src/wire/openwire/protocol.ts';
import { StructureReader } from '../../../src/wire/openwire/reader.ts';
import type { StructureOf } from '../../../src/wire/openwire/structures.ts';
import { StructureWriter } from '../../../src/wire/openwire/writer.ts';

function readInfo(bytes: Uint8Array): StructureOf<'WireFormatInfo'> {
  const info = new StructureReader(FIRST_FORMAT, defaultDecodingLimits).read(bytes, 0, bytes.length);
  assert.ok(info?.type === 'WireFormatInfo');
  return info;
}

/** The first frame of activemq-client 5.18.6 with its defaults, without the size. */
const JAVA = Buffer.from(
  '014163746976654d510000000c01000001400000000d0011537461636b5472616365456e61626c65640101000f506c6174666f726d44' +
    '657461696c730900044a617661000c4361636865456e61626c6564010100115463704e6f44656c6179456e61626c6564010100125369' +
    '7a6550726566697844697361626c656401000009436163686553697a650500000400000c50726f76696465724e616d65090008416374' +
    '6976654d5100145469676874456e636f64696e67456e61626c65640101000c4d61784672616d6553697a65067fffffffffffffff0015' +
    '4d6178496e61637469766974794475726174696f6e06000000000000753000204d6178496e61637469766974794475726174696f6e49' +
    '6e6974616c44656c617906000000000000271000134d61784672616d6553697a65456e61626c65640101000f50726f76696465725665' +
    '7273696f6e090006352e31382e36',
  'hex',
);

const OURS: Offer = {
  version: 12,
  isTight: false,
  isCached: false,
  cacheEntries: 1024,
  hasStackTraces: false,
  inactivityMs: 30_000,
  inactivityInitialDelayMs: 10_000,
  frameBytesMax: 100_000_000,
  providerName: 'Dragoman',
  providerVersion: '0.1.0',
};

describe('first frames', () => {
  test('of the Java client', () => {
    assert.deepEqual(offerOf(readInfo(JAVA)), {
      version: 12,
      isTight: true,
      isCached: true,
      cacheEntries: 1024,
      hasStackTraces: true,
      inactivityMs: 30_000,
      inactivityInitialDelayMs: 10_000,
      frameBytesMax: 2 ** 63,
      providerName: 'ActiveMQ',
      providerVersion: '5.18.6',
    });
  });

  test('of ours', () => {
    const bytes = new StructureWriter(FIRST_FORMAT).encode(infoOf(OURS));
    assert.equal(Buffer.from(bytes.subarray(1, 9)).toString(), 'ActiveMQ');
    assert.deepEqual(offerOf(readInfo(bytes)), OURS);
  });

  test('without options, with options of other types, and with the other spelling', () => {
    const info = { type: 'WireFormatInfo', magic: null, version: 9, marshalledProperties: null } as const;
    const nothing = {
      ...OURS,
      version: 9,
      cacheEntries: 0,
      inactivityMs: 0,
      inactivityInitialDelayMs: 0,
      frameBytesMax: 0,
    };
    assert.deepEqual(offerOf(info), { ...nothing, providerName: '', providerVersion: '' });
    const options = new Map<string, Value>([
      ['CacheEnabled', 'true'],
      ['CacheSize', '5'],
      ['MaxInactivityDuration', null],
      ['MaxInactivityDurationInitialDelay', { type: 'int64', value: 7, scale: 0 }],
      ['MaxFrameSize', { type: 'int64', value: -1, scale: 0 }],
      ['ProviderName', true],
    ]);
    const offer = offerOf({ ...info, marshalledProperties: writeMap(options) });
    assert.deepEqual(offer, { ...nothing, inactivityInitialDelayMs: 7, providerName: '', providerVersion: '' });
  });

  test('that are none', () => {
    const other = Buffer.from(JAVA);
    other[3] = 0;
    assert.throws(() => readInfo(other), /magic word/);
    assert.throws(() => offerOf({ ...readInfo(JAVA), version: 0 }), /no version 0/);
    const many = new Map(Array.from({ length: 65 }, (_, index) => [`o${index}`, true] as const));
    assert.throws(() => offerOf({ ...readInfo(JAVA), marshalledProperties: writeMap(many) }), OpenWireError);
    const large = writeMap(new Map([['x', 'y'.repeat(70_000)]]));
    assert.throws(() => offerOf({ ...readInfo(JAVA), marshalledProperties: large }), /bytes of options/);
  });
});

describe('an agreement', () => {
  const theirs = offerOf(readInfo(JAVA));

  test('is what both have switched on', () => {
    assert.deepEqual(agree(OURS, theirs), {
      format: { version: 12, isTight: false, cacheEntries: 0, hasStackTraces: false },
      inactivityMs: 30_000,
      inactivityInitialDelayMs: 10_000,
      frameBytesMax: 100_000_000,
    });
    const all = agree({ ...OURS, isTight: true, isCached: true, hasStackTraces: true, cacheEntries: 100 }, theirs);
    assert.deepEqual(all.format, { version: 12, isTight: true, cacheEntries: 100, hasStackTraces: true });
  });

  test('is the older version, and the smaller limit', () => {
    assert.equal(agree(OURS, { ...theirs, version: 9 }).format.version, 9);
    assert.equal(agree(OURS, { ...theirs, version: 77 }).format.version, 12);
    assert.equal(agree(OURS, { ...theirs, frameBytesMax: 5 }).frameBytesMax, 5);
    assert.equal(agree(OURS, { ...theirs, frameBytesMax: 0 }).frameBytesMax, 100_000_000);
    assert.equal(agree(OURS, { ...theirs, inactivityMs: 0 }).inactivityMs, 0);
    const cached = { ...OURS, isCached: true };
    assert.equal(agree({ ...cached, cacheEntries: 0 }, { ...theirs, cacheEntries: 0 }).format.cacheEntries, 16_383);
    assert.equal(agree({ ...cached, cacheEntries: 0 }, { ...theirs, cacheEntries: 1e9 }).format.cacheEntries, 16_383);
  });
});
