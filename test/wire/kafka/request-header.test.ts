/**
 * Request headers by hand, and which header goes with which version.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiVersionsApi } from '../../../src/wire/kafka/apis/api-versions.ts';
import { metadataApi } from '../../../src/wire/kafka/apis/metadata.ts';
import { APIS, apiOf } from '../../../src/wire/kafka/apis.ts';
import { correlationIdOf, encodeRequest, encodeResponse } from '../../../src/wire/kafka/messages.ts';
import { RequestHeader } from '../../../src/wire/kafka/request-header.ts';
import { KafkaWireError } from '../../../src/wire/kafka/wire-error.ts';

function headerOf(hex: string): RequestHeader {
  const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  const header = new RequestHeader();
  header.read(bytes, 0, bytes.length);
  return header;
}

test('version 1: the body follows the client id', () => {
  const header = headerOf('0003 0008 00000011 0002 6162 ffff');
  assert.equal(header.api, metadataApi);
  assert.deepEqual([header.apiKey, header.apiVersion, header.correlationId, header.bodyAt], [3, 8, 17, 12]);
  assert.equal(header.clientId(), 'ab');
  assert.ok(header.isServed);
});

test('version 2: tags in between, known or not; the client id keeps its int16 length', () => {
  assert.equal(headerOf('0003 0009 00000011 0002 6162 00 ffff').bodyAt, 13);
  assert.equal(headerOf('0003 0009 00000011 ffff 02 07 02 aabb 09 00 ff').bodyAt, 17);
  assert.throws(() => headerOf('0003 0009 00000011 0002 6162'), KafkaWireError);
  assert.throws(() => headerOf('0003 0009 00000011 0002 6162 01 07 02 aa'), KafkaWireError);
});

test('nothing is read behind the end', () => {
  const bytes = Buffer.from('000300090000001100026162000000', 'hex');
  for (let end = 0; end <= 12; end++) {
    assert.throws(() => new RequestHeader().read(bytes, 0, end), KafkaWireError, `${end}`);
  }
  new RequestHeader().read(bytes, 0, 13);
});

test('no client id, and an empty one', () => {
  assert.equal(headerOf('0003 0001 ffffffff ffff').clientId(), null);
  assert.equal(headerOf('0003 0001 ffffffff ffff').correlationId, -1);
  assert.equal(headerOf('0003 0001 00000000 0000').clientId(), '');
});

test('lengths that lie', () => {
  for (const hex of [
    '0003 0001 00000000 fffe',
    '0003 0001 00000000 0001',
    '0003 0001 00000000 7fff 61',
    '0003 0001 00',
  ]) {
    assert.throws(() => headerOf(hex), KafkaWireError, hex);
  }
});

test('an unknown key and a version that is not served are told apart', () => {
  assert.equal(headerOf('0fff 0000 00000001 ffff').api, undefined);
  const newer = headerOf('0012 0063 00000001 ffff');
  assert.equal(newer.api, apiVersionsApi);
  assert.equal(newer.isServed, false);
  assert.equal(newer.correlationId, 1);
  assert.equal(headerOf('0000 0002 00000001 ffff').isServed, false, 'Produce 2 is advertised only');
  assert.equal(headerOf('ffff ffff 00000001 ffff').api, undefined);
});

test('response headers: tags in flexible versions, but never for ApiVersions', () => {
  const metadata = { brokers: [], topics: [] };
  const classic = encodeResponse(metadataApi, 8, 17, metadata);
  const flexible = encodeResponse(metadataApi, 9, 17, metadata);
  assert.deepEqual([classic[8], flexible[8]], [0, 0]);
  // Behind the header: throttle time, then no brokers; an int32 or a compact count.
  assert.equal(Buffer.from(classic).toString('hex', 8, 16), '0000000000000000');
  assert.equal(Buffer.from(flexible).toString('hex', 8, 14), '000000000001');
  const versions = encodeResponse(apiVersionsApi, 3, 17, { errorCode: 35, apiKeys: [] });
  assert.equal(Buffer.from(versions).toString('hex'), `${'0000000c'}00000011${'0023'}01${'00000000'}00`);
  assert.equal(correlationIdOf(versions, 4), 17);
});

test('a request without a client id', () => {
  const request = encodeRequest(apiVersionsApi, 0, 5, null, {});
  assert.equal(Buffer.from(request).toString('hex'), '0000000a00120000 00000005ffff'.replace(' ', ''));
});

test('the registry: one API a key, in ascending order, ranges that make sense', () => {
  const keys = APIS.map(({ key }) => key);
  assert.deepEqual(
    keys,
    [...new Set(keys)].sort((a, b) => a - b),
  );
  for (const api of APIS) {
    assert.equal(apiOf(api.key), api);
    assert.ok(api.advertisedMin <= api.min && api.min <= api.max, api.name);
    assert.ok(api.serves(api.min) && api.serves(api.max) && !api.serves(api.max + 1) && !api.serves(api.min - 1));
  }
  assert.equal(apiOf(-1), undefined);
});
