/**
 * How an endpoint is written in the configuration.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseEndpoint } from '../../../src/session/zmtp/endpoint.ts';

test('type, port, and what is behind it', () => {
  const queue = { type: 'pull', port: 5556, target: 'queue', name: 'tasks', key: null };
  assert.deepEqual(parseEndpoint('pull:5556:queue/tasks'), queue);
  assert.deepEqual(parseEndpoint('pull:5556:queue/a:b/c#d'), { ...queue, name: 'a:b/c#d' });
  const exchange = { type: 'router', port: 0, target: 'exchange', name: 'orders', key: 'eu' };
  assert.deepEqual(parseEndpoint('router:0:exchange/orders#eu'), exchange);
  assert.deepEqual(parseEndpoint('router:0:exchange/orders'), { ...exchange, key: null });
});

for (const wrong of [
  '',
  'pull',
  'pull:1',
  'pull:x:queue/q',
  'pull:65536:queue/q',
  'dealer:1:queue/q',
  'pull:1:topic/q',
  'pull:1:queue/',
  'pull:1:q',
  'push:1:exchange/x',
  'pub:1:queue/q',
  'pub:1:exchange/x#k',
  `pull:1:queue/${'q'.repeat(256)}`,
]) {
  test(`not ${JSON.stringify(wrong.slice(0, 20))}`, () => assert.equal(parseEndpoint(wrong), null));
}
