/**
 * Keep-alives and silence, with the clock in our hands.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { ManualClock, startBroker } from '../../../src/index.ts';
import { OpenWireClient } from '../../openwire-client.ts';

test('a client that says nothing is let go after the agreed time, and hears of us until then', async () => {
  const clock = new ManualClock();
  await using broker = await startBroker({ clock });
  const port = Number(new URL(broker.url('openwire').replace('openwire:', 'http:')).port);
  const limits = { inactivityMs: 3_000, inactivityInitialDelayMs: 1_000 };
  const silent = await new OpenWireClient(port, undefined, limits).open();
  const alive = await new OpenWireClient(port, undefined, limits).open();
  const received = silent.socket.bytesRead;
  for (let second = 0; second < 5; second++) {
    clock.advance(1_000);
    await broker.idle();
    alive.send({ type: 'KeepAliveInfo' });
    await broker.idle();
  }
  await silent.closed;
  assert.ok(silent.socket.bytesRead > received, 'no keep-alive came');
  await alive.call({ type: 'KeepAliveInfo' });
  alive.close();
});

test('a client that never says who it is is let go', async () => {
  const clock = new ManualClock();
  await using broker = await startBroker({ clock });
  const port = Number(new URL(broker.url('openwire').replace('openwire:', 'http:')).port);
  const dumb = new OpenWireClient(port);
  await once(dumb.socket, 'connect');
  await broker.idle();
  clock.advance(9_000);
  await broker.idle();
  assert.equal(dumb.socket.destroyed, false);
  clock.advance(2_000);
  await dumb.closed;
});
