/**
 * Who is let in: guest from loopback only, configured users from anywhere, nobody else.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Credentials } from '../../src/server/credentials.ts';
import { isLoopback, isLoopbackHost } from '../../src/server/loopback.ts';
import { hashPassword, parsePasswordHash, passwordMatches } from '../../src/server/password.ts';

test('without configured users there is guest, from loopback', () => {
  const credentials = new Credentials([]);
  assert.equal(credentials.check('guest', 'guest', '127.0.0.1')?.name, 'guest');
  assert.equal(credentials.check('guest', 'guest', '::1')?.name, 'guest');
  assert.equal(credentials.check('guest', 'guest', '::ffff:127.0.0.1')?.name, 'guest');
  assert.equal(credentials.check('guest', 'guest', '192.168.1.7'), null);
  assert.equal(credentials.check('guest', 'Guest', '127.0.0.1'), null);
  assert.equal(credentials.check('root', 'guest', '127.0.0.1'), null);
  assert.equal(credentials.check('', '', '127.0.0.1'), null);
});

test('with configured users there are those, and guest only if listed', () => {
  const credentials = new Credentials([{ name: 'app', passwordHash: hashPassword('pässword'), tags: [] }]);
  assert.equal(credentials.check('app', 'pässword', '10.0.0.1')?.name, 'app');
  assert.equal(credentials.check('app', 'password', '10.0.0.1'), null);
  assert.equal(credentials.check('guest', 'guest', '127.0.0.1'), null);
});

test('a client that comes again does not pay for the hash again', () => {
  const credentials = new Credentials([{ name: 'app', passwordHash: hashPassword('p'), tags: [] }]);
  credentials.check('app', 'p', '10.0.0.1');
  const started = performance.now();
  for (let times = 0; times < 100; times++) assert.ok(credentials.check('app', 'p', '10.0.0.1'));
  assert.ok(performance.now() - started < 500, 'microseconds each, not tens of milliseconds');
  assert.equal(credentials.check('app', 'q', '10.0.0.1'), null);
});

test('a hash verifies its password and no other; what is no hash of ours is refused', () => {
  const text = hashPassword('one');
  assert.notEqual(text, hashPassword('one'), 'salted');
  const hash = parsePasswordHash(text);
  assert.ok(hash !== null && passwordMatches('one', hash) && !passwordMatches('two', hash));
  const costly = text.replace('scrypt$14$', 'scrypt$30$');
  for (const wrong of ['', 'one', 'scrypt$', costly, text.slice(0, -30), `${text}x`.replace('scrypt', 'bcrypt')]) {
    assert.equal(parsePasswordHash(wrong), null, wrong);
  }
});

test('loopback is a matter of addresses', async () => {
  for (const address of ['127.0.0.1', '127.9.8.7', '::1', '::ffff:127.0.0.1']) assert.ok(isLoopback(address), address);
  for (const address of ['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', 'localhost', '127.evil.example']) {
    assert.ok(!isLoopback(address), address);
  }
  assert.ok(await isLoopbackHost('localhost'));
  assert.ok(!(await isLoopbackHost('0.0.0.0')));
  await assert.rejects(isLoopbackHost('no-such-host.invalid'));
});
