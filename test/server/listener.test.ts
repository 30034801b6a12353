/**
 * Connections that come before the code of their sessions is loaded: they wait for it and lose nothing.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { setImmediate as immediate } from 'node:timers/promises';
import { ManualClock } from '../../src/server/clock.ts';
import { type Accept, Listener, type Peer, type Session } from '../../src/server/listener.ts';
import { Log } from '../../src/server/log.ts';
import { Loop } from '../../src/server/loop.ts';

/** Answers each chunk with itself, and keeps what it was told. */
class Echo implements Session {
  readonly #peer: Peer;
  endedTimes = 0;

  constructor(peer: Peer) {
    this.#peer = peer;
  }

  receive(chunk: Uint8Array): void {
    this.#peer.outbox.write(chunk.slice(), null);
  }

  drained(): void {}

  ended(): void {
    this.endedTimes++;
  }

  shutdown(): void {
    this.#peer.outbox.close();
  }
}

async function listening() {
  const { promise, resolve, reject } = Promise.withResolvers<Accept<Echo>>();
  const made: Echo[] = [];
  let loads = 0;
  const listener = new Listener<Echo>('echo', new Loop(new ManualClock()), new Log('silent'), () => {
    loads++;
    return promise;
  });
  const { port } = await listener.listen('127.0.0.1', 0);
  const client = async (): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  };
  /** Until the listener has seen the connection, which is a little later than the client. */
  const waiting = async (): Promise<void> => {
    while (listener.quiet) await immediate();
  };
  const loaded = (): void =>
    resolve((peer) => {
      const session = new Echo(peer);
      made.push(session);
      return session;
    });
  return { listener, made, client, waiting, loaded, failed: reject, loads: () => loads };
}

test('who connects before the sessions are loaded is served when they are, and what was sent is there', async () => {
  const { listener, made, client, waiting, loaded, loads } = await listening();
  const [first, second] = [await client(), await client()];
  first.write('early');
  await waiting();
  assert.equal(listener.sessions.size, 0);
  loaded();
  assert.equal(String((await once(first, 'data'))[0]), 'early');
  second.write('late');
  assert.equal(String((await once(second, 'data'))[0]), 'late');
  const third = await client();
  third.write('later');
  assert.equal(String((await once(third, 'data'))[0]), 'later');
  assert.equal(made.length, 3);
  assert.equal(loads(), 1);
  assert.ok(listener.quiet);
  listener.stopAccepting();
  await listener.end('');
  assert.deepEqual(
    made.map(({ endedTimes }) => endedTimes),
    [1, 1, 1],
  );
});

test('one that has gone again before that gets no session', async () => {
  const { listener, made, client, waiting, loaded } = await listening();
  const [gone, stays] = [await client(), await client()];
  await waiting();
  gone.resetAndDestroy();
  await once(gone, 'close');
  loaded();
  await listener.load();
  stays.write('here');
  assert.equal(String((await once(stays, 'data'))[0]), 'here');
  listener.stopAccepting();
  await listener.end('');
  assert.ok(made.every(({ endedTimes }) => endedTimes === 1));
  assert.equal(listener.sessions.size, 0);
});

test('those who wait are closed when the sessions cannot be loaded, and at the stop', async () => {
  for (const how of ['failed', 'end', 'drop'] as const) {
    const { listener, made, client, waiting, loaded, failed } = await listening();
    const socket = await client();
    await waiting();
    const closed = once(socket.resume(), 'close');
    listener.stopAccepting();
    if (how === 'failed') failed(new Error('no such file'));
    else if (how === 'end') await listener.end('');
    else listener.drop();
    await closed;
    loaded();
    await immediate();
    assert.equal(made.length, 0, how);
    assert.ok(listener.quiet, how);
  }
});
