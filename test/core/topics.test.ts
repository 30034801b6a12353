/**
 * Topics: what an exchange keeps, who is told, how it is let go, and what comes back after a restart.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KeptLog, LogReader } from '../../src/core/kept-log.ts';
import type { Topic } from '../../src/core/topic.ts';
import type { TopicTraits } from '../../src/core/topics.ts';
import { Kit, TextMessage } from './kit.ts';

function topicOf(kit: Kit, name: string, logs: number, traits: TopicTraits = {}): Topic {
  const exchange = kit.namespace.declareExchange({ name, type: 'topic', durable: true });
  return kit.namespace.topics.keep(exchange, logs, traits);
}

/** One message of `bytes` bytes to log 0, as old as `timestamp` says. */
function publish(kit: Kit, topic: Topic, timestamp: number, bytes = 10): void {
  const message = Object.assign(new TextMessage('x'.repeat(bytes)), { timestamp });
  kit.namespace.exchange(topic.name).wholeRoute(0)?.publish(message);
  kit.settle();
}

const first = (topic: Topic): KeptLog => topic.logs[0] as KeptLog;

test('readers are told of what was committed, and nobody else', () => {
  const kit = new Kit();
  const topic = topicOf(kit, 'orders', 2);
  const told: KeptLog[] = [];
  const reader: LogReader = { grew: (kept) => void told.push(kept), loaded: () => {} };
  first(topic).watch(reader);
  first(topic).watch(reader);
  kit.namespace.exchange('orders').wholeRoute(0)?.publish(new TextMessage('a'));
  assert.equal(told.length, 0, 'not before the commit');
  kit.namespace.exchange('orders').wholeRoute(1)?.publish(new TextMessage('b'));
  kit.settle();
  assert.deepEqual(told, [first(topic)]);
  first(topic).unwatch(reader);
  publish(kit, topic, 1);
  assert.equal(told.length, 1);
});

test('offsets are known when a message is published', () => {
  const kit = new Kit();
  const { log } = first(topicOf(kit, 'orders', 1));
  const route = kit.namespace.exchange('orders').wholeRoute(0);
  for (const offset of [0, 1, 2]) {
    assert.equal(kit.store.nextOffset(log), offset);
    route?.publish(new TextMessage('m'));
  }
  kit.settle();
  assert.equal(kit.store.nextOffset(log), 3);
  assert.equal(log.end, 3);
});

test('age: whole spans go, the open one when all of it is too old', () => {
  const kit = new Kit({ spanBytes: 100, retentionCheckMs: 1 });
  const topic = topicOf(kit, 'orders', 1, { retention: { ms: 1_000, bytes: -1 } });
  for (let i = 0; i < 25; i++) publish(kit, topic, 10_000 + i);
  const { log } = first(topic);
  kit.clock.now = 11_000;
  kit.settle();
  assert.equal(log.floor, 0, 'the youngest of a span decides');
  kit.clock.now = 11_010;
  kit.settle();
  assert.equal(log.floor, 10);
  kit.clock.now = 11_030;
  kit.settle();
  assert.equal(log.floor, 25, 'the open span is too old as a whole');
  publish(kit, topic, 11_030);
  assert.equal(log.living, 1);
});

test('size: the oldest spans go as long as enough is left', () => {
  const kit = new Kit({ spanBytes: 100, retentionCheckMs: 1 });
  const topic = topicOf(kit, 'orders', 1, { retention: { ms: -1, bytes: 250 } });
  for (let i = 0; i < 45; i++) publish(kit, topic, 1);
  kit.clock.now += 10;
  kit.settle();
  const { log } = first(topic);
  assert.equal(log.living, 25);
  kit.namespace.topics.alter(topic, { retention: { ms: -1, bytes: -1 } });
  for (let i = 0; i < 45; i++) publish(kit, topic, 1);
  kit.clock.now += 10;
  kit.settle();
  assert.equal(log.living, 70);
});

test('a moment is found by the span that reaches it, also after a restart', () => {
  const kit = new Kit({ spanBytes: 100 });
  const topic = topicOf(kit, 'orders', 1);
  // Out of order inside a span: the newest of it counts.
  for (let i = 0; i < 35; i++) publish(kit, topic, 1_000 + (i % 10 === 0 ? i + 9 : i));
  const since = (kept: KeptLog): number[] => [0, 1_009, 1_010, 1_029, 1_030].map((time) => kept.since(time));
  assert.deepEqual(since(first(topic)), [0, 0, 10, 20, 30]);
  const again = kit.restart();
  const kept = first(again.namespace.topics.byName.get('orders') as Topic);
  assert.deepEqual(since(kept), [0, 0, 10, 20, 30]);
  assert.deepEqual(kept.newestIn().at(0), [30, 35], 'what the last process had not noted is worth a look');
});

test('settings, retention, notes and positions come back; a deleted topic takes its own along', () => {
  const kit = new Kit();
  const settings = new Map([['compression', 'zstd']]);
  const topic = topicOf(kit, 'orders', 2, { settings, retention: { ms: 5, bytes: 6 } });
  topicOf(kit, 'gone', 1);
  const { id } = first(topic).log;
  first(topic).note('producers', 'one');
  first(topic).note('producers', 'two');
  kit.namespace.groups.commit('g', id, 7, 'meta');
  kit.namespace.groups.commit('g', topic.logs[1]?.log.id ?? 0, 8, '');
  kit.namespace.groups.commit('other', first(topicOf(kit, 'gone', 1)).log.id, 1, '');
  kit.namespace.groups.forget('g', topic.logs[1]?.log.id ?? 0);
  kit.namespace.deleteExchange('gone');
  kit.settle();
  const { namespace } = kit.restart();
  const back = namespace.topics.byName.get('orders') as Topic;
  assert.deepEqual(back.settings, settings);
  assert.deepEqual(back.retention, { ms: 5, bytes: 6 });
  assert.equal(first(back).notes.get('producers')?.value, 'two');
  assert.deepEqual([...namespace.groups.byName.keys()], ['g']);
  assert.deepEqual(
    namespace.groups.byName.get('g')?.positions,
    new Map([[id, { offset: 7, metadata: 'meta', epoch: -1, at: 1000 }]]),
  );
  assert.equal(namespace.topics.byName.size, 1);
  assert.deepEqual(kit.namespace.topics.byName.get('gone'), undefined);
});
