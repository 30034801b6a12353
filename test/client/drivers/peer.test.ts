/** Missing libraries, unknown schemes, brokers that are not there, and binding patterns. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchesPattern } from '../../../src/client/drivers/key-pattern.ts';
import { loadPeer } from '../../../src/client/drivers/peer.ts';
import { ClientError, connect, MissingPeerError } from '../../../src/client/index.ts';

test('a missing library says what to install; another failure of its is its own', async () => {
  const name = 'a-package-that-nobody-has';
  const missing = loadPeer(name, 'amqp', () => import(name));
  await assert.rejects(missing, (error) => {
    assert.ok(error instanceof MissingPeerError);
    assert.equal(error.message, `amqp:// needs ${name}: npm install ${name}`);
    return true;
  });
  const broken = loadPeer(name, 'amqp', () => Promise.reject(new Error('it is broken')));
  await assert.rejects(broken, /^Error: it is broken$/);
});

test('an unknown scheme is named, with those that there are', async () => {
  await assert.rejects(connect('ftp://host' as string), (error) => {
    return error instanceof ClientError && /no driver for ftp:\/\/; there are memory, amqp/.test(error.message);
  });
});

test('a broker that is not there', { timeout: 60_000 }, async () => {
  // Port 1 is free on every machine that runs tests.
  for (const scheme of ['amqp', 'kafka', 'stomp', 'rocketmq']) {
    await assert.rejects(connect<string>(`${scheme}://127.0.0.1:1`), /ECONNREFUSED|Cannot connect/, scheme);
  }
});

test('binding patterns', () => {
  const cases: [string, string, boolean][] = [
    ['#', '', true],
    ['#', 'a.b', true],
    ['a.*', 'a.b', true],
    ['a.*', 'a', false],
    ['a.*', 'a.b.c', false],
    ['a.#', 'a', true],
    ['a.#.z', 'a.b.c.z', true],
    ['a.#.z', 'a.z', true],
    ['*.#', '', false],
    ['#.b.#', 'a.b', true],
    ['#.b.#', 'a.c', false],
    ['a', 'b', false],
  ];
  for (const [pattern, key, matches] of cases) {
    assert.equal(matchesPattern(pattern, key), matches, `${pattern} ${key}`);
  }
});
