/** Heartbeats, on a clock of the test's own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Heartbeats } from '../../../src/wire/zmtp/heartbeats.ts';

test('without an interval nothing is ever due', () => {
  const heartbeats = new Heartbeats(0, 0, 0);
  assert.equal(heartbeats.dueMs, Number.POSITIVE_INFINITY);
  assert.equal(heartbeats.act(1e9), 'none');
});

test('a PING each interval, and death so long after one that was not answered', () => {
  const heartbeats = new Heartbeats(100, 250, 1000);
  assert.equal(heartbeats.dueMs, 1100);
  assert.equal(heartbeats.act(1099), 'none');
  assert.equal(heartbeats.act(1100), 'ping');
  assert.equal(heartbeats.act(1200), 'ping');
  assert.equal(heartbeats.act(1300), 'ping');
  assert.equal(heartbeats.dueMs, 1350, 'counted from the first PING without an answer');
  assert.equal(heartbeats.act(1349), 'none');
  assert.equal(heartbeats.act(1350), 'dead');
});

test('whatever is heard starts the patience anew', () => {
  const heartbeats = new Heartbeats(100, 100, 0);
  assert.equal(heartbeats.act(100), 'ping');
  heartbeats.heard(150);
  assert.equal(heartbeats.act(200), 'ping');
  heartbeats.heard(299);
  assert.equal(heartbeats.act(300), 'ping');
  assert.equal(heartbeats.act(400), 'dead');
});

test("the peer's time to live counts without pinging ourselves", () => {
  const heartbeats = new Heartbeats(0, 0, 0);
  heartbeats.heard(500);
  heartbeats.pinged(300);
  assert.equal(heartbeats.dueMs, 800);
  assert.equal(heartbeats.act(799), 'none');
  heartbeats.heard(799);
  assert.equal(heartbeats.act(800), 'none');
  assert.equal(heartbeats.act(1099), 'dead');
});
