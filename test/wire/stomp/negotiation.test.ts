/**
 * What CONNECT and CONNECTED agree on.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseVersion, heartBeatMs, parseHeartBeat, SUPPORTED_VERSIONS } from '../../../src/wire/stomp/negotiation.ts';

test('the newest version that both know', () => {
  assert.equal(chooseVersion(null), '1.0');
  assert.equal(chooseVersion('1.0,1.1,1.2'), '1.2');
  assert.equal(chooseVersion(' 1.1 , 1.0'), '1.1');
  assert.equal(chooseVersion('1.0,1.1,9.9'), '1.1');
  assert.equal(chooseVersion('1.0'), '1.0');
  assert.equal(chooseVersion('2.0'), null);
  assert.equal(chooseVersion(''), null);
  assert.equal(SUPPORTED_VERSIONS, '1.0,1.1,1.2');
});

test('heart-beats', () => {
  assert.deepEqual(parseHeartBeat(null), { sendsMs: 0, wantsMs: 0 });
  assert.deepEqual(parseHeartBeat('1000, 20'), { sendsMs: 1000, wantsMs: 20 });
  for (const text of ['', '1', 'a,b', '-1,0', '1,2,3', '1.5,0', ',', '9999999999,0']) {
    assert.throws(() => parseHeartBeat(text), /two numbers/, text);
  }
  const client = parseHeartBeat('100,500');
  assert.equal(heartBeatMs(client, { sendsMs: 0, wantsMs: 300 }), 300);
  assert.equal(heartBeatMs({ sendsMs: 200, wantsMs: 0 }, client), 500);
  assert.equal(heartBeatMs(client, { sendsMs: 100, wantsMs: 0 }), 0);
  assert.equal(heartBeatMs({ sendsMs: 0, wantsMs: 0 }, client), 0);
});
