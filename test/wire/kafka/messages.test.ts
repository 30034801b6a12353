/**
 * Generated for every API, version and direction: round trip, truncation at every byte, damage.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Api } from '../../../src/wire/kafka/api.ts';
import { APIS } from '../../../src/wire/kafka/apis.ts';
import {
  encodeRequest,
  encodeResponse,
  readRequest,
  readResponse,
  responseSize,
  writeResponse,
} from '../../../src/wire/kafka/messages.ts';
import { RequestHeader } from '../../../src/wire/kafka/request-header.ts';
import { KafkaWireError } from '../../../src/wire/kafka/wire-error.ts';
import { Random, randomStruct, withBytes } from './random.ts';

interface Case {
  readonly name: string;
  readonly api: Api;
  readonly version: number;
  /** A body for the seed. */
  readonly body: (random: Random) => Record<string, unknown>;
  readonly encode: (body: Record<string, unknown>) => Uint8Array;
  readonly bodySize: (body: Record<string, unknown>) => number;
  /** Reads what stands behind the length, up to `end`. */
  readonly read: (bytes: Uint8Array, end: number) => unknown;
}

const ROUNDS = 12;
/** Of these, how many are cut at every byte. */
const ROUNDS_CUT = 3;
const CLIENT_ID = 'client-ä';
const CORRELATION_ID = 0x0102_0304;

function requestCase(api: Api, version: number): Case {
  return {
    name: `${api.name} request v${version}`,
    api,
    version,
    body: (random) => randomStruct(random, api.request, version),
    bodySize: (body) => api.requestCodec(version).size(body),
    encode: (body) => encodeRequest(api, version, CORRELATION_ID, CLIENT_ID, body),
    read: (bytes, end) => {
      const header = new RequestHeader();
      header.read(bytes, 4, end);
      assert.equal(header.api, api);
      assert.equal(header.apiVersion, version);
      assert.equal(header.correlationId, CORRELATION_ID);
      assert.equal(header.clientId(), CLIENT_ID);
      return readRequest(api, version, bytes, header.bodyAt, end);
    },
  };
}

function responseCase(api: Api, version: number): Case {
  return {
    name: `${api.name} response v${version}`,
    api,
    version,
    body: (random) => randomStruct(random, api.response, version),
    bodySize: (body) => api.responseCodec(version).size(body),
    encode: (body) => encodeResponse(api, version, CORRELATION_ID, body),
    read: (bytes, end) => readResponse(api, version, bytes, 4, end),
  };
}

const cases = APIS.flatMap((api) =>
  Array.from({ length: api.max - api.min + 1 }, (_, index) => api.min + index).flatMap((version) => [
    requestCase(api, version),
    responseCase(api, version),
  ]),
);

/** What it throws, or null. Called a hundred thousand times, so `assert.throws` would be too slow. */
function refusal(read: () => unknown): unknown {
  try {
    read();
    return null;
  } catch (error) {
    return error;
  }
}

describe('every message', () => {
  for (const { name, body, encode, read } of cases) {
    test(`${name}: round trip and truncation`, () => {
      for (let seed = 1; seed <= ROUNDS; seed++) {
        const value = body(new Random(seed));
        const frame = encode(value);
        assert.equal(new DataView(frame.buffer, frame.byteOffset).getInt32(0), frame.length - 4);
        assert.deepEqual(withBytes(read(frame, frame.length)), value, `seed ${seed}`);
        if (seed > ROUNDS_CUT) continue;
        for (let cut = 4; cut < frame.length; cut++) {
          assert.ok(refusal(() => read(frame, cut)) instanceof KafkaWireError, `seed ${seed} cut at ${cut}`);
        }
      }
    });
  }

  test('what is read can be written again as it is', () => {
    for (const { name, body, encode, read } of cases) {
      const frame = encode(body(new Random(99)));
      assert.deepEqual(encode(read(frame, frame.length) as Record<string, unknown>), frame, name);
    }
  });

  test('random bytes are a message or a KafkaWireError', () => {
    const random = new Random(4711);
    for (const { name, api, version } of cases) {
      const isRequest = name.includes('request');
      for (let round = 0; round < 20; round++) {
        const bytes = random.bytes(random.int(80));
        const error = refusal(() => {
          if (isRequest) readRequest(api, version, bytes, 0, bytes.length);
          else readResponse(api, version, bytes, 0, bytes.length);
        });
        assert.ok(error === null || error instanceof KafkaWireError, `${name}: ${error}`);
      }
    }
  });

  test('damaged bytes are a message or a KafkaWireError', () => {
    const random = new Random(20261123);
    for (const { name, body, bodySize, encode, read } of cases) {
      const value = body(random);
      const frame = encode(value);
      const bodyBytes = bodySize(value);
      for (let round = 0; round < 30 && bodyBytes > 0; round++) {
        const damaged = new Uint8Array(frame);
        for (let left = 1 + random.int(4); left > 0; left--) {
          damaged[frame.length - 1 - random.int(bodyBytes)] = random.once(3) ? 0xff : random.int(256);
        }
        const error = refusal(() => read(damaged, damaged.length));
        assert.ok(error === null || error instanceof KafkaWireError, `${name}: ${error}`);
      }
    }
  });
});

test('a response can be written anywhere in what is there', () => {
  for (const { api, version, name, body } of cases.filter(({ name: called }) => called.includes('response'))) {
    const value = body(new Random(5));
    const size = responseSize(api, version, value);
    const target = new Uint8Array(size + 20).fill(0xee);
    assert.equal(writeResponse(api, version, CORRELATION_ID, value, target, 7), 7 + size, name);
    assert.deepEqual(
      target.slice(7, 7 + size),
      new Uint8Array(encodeResponse(api, version, CORRELATION_ID, value)),
      name,
    );
    assert.ok(
      target.slice(0, 7).every((byte) => byte === 0xee) && target.slice(7 + size).every((byte) => byte === 0xee),
    );
  }
});
