/**
 * Routing: interned routes, cycles, alternates, headers, kept logs, bounded caches.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Num, type Value } from '../../src/core/value.ts';
import { Kit } from './kit.ts';

const names = (kit: Kit, exchange: string, key: string, headers: Map<string, Value> | null = null): string[] =>
  kit.namespace
    .exchange(exchange)
    .route(key, headers)
    .queues.map(({ name }) => name)
    .sort();

test('equal targets are one route and one log set, over keys and changes elsewhere', () => {
  const kit = new Kit();
  const { namespace } = kit;
  const [a, b] = [kit.queue('a'), kit.queue('b', { durable: true })];
  for (const key of ['k', 'l']) for (const queue of [a, b]) namespace.bind('amq.direct', queue, key);
  const exchange = namespace.exchange('amq.direct');
  const route = exchange.route('k', null);
  assert.equal(exchange.route('l', null), route);
  assert.equal(exchange.route('k', null), route);
  const set = route.set(0);
  assert.deepEqual([set.durable.length, set.transient.length], [1, 1]);
  assert.equal(route.set(255), set);
  assert.ok(route.current);
  kit.queue('c');
  assert.ok(!route.current);
  assert.equal(exchange.route('k', null).set(3), set);
});

test('the default exchange leads to the queue of that name', () => {
  const kit = new Kit();
  kit.queue('q');
  assert.deepEqual(names(kit, '', 'q'), ['q']);
  assert.ok(kit.namespace.defaultExchange.route('none', null).empty);
});

test('levels: a queue without them counts for all', () => {
  const kit = new Kit();
  const [plain, levelled] = [kit.queue('plain'), kit.queue('levelled', { levels: 3 })];
  for (const queue of [plain, levelled]) kit.namespace.bind('amq.fanout', queue, '');
  const route = kit.namespace.exchange('amq.fanout').route('', null);
  assert.deepEqual(route.set(1).transient, [plain.logs[0], levelled.logs[1]]);
  assert.deepEqual(route.set(9).transient, [plain.logs[0], levelled.logs[2]]);
});

test('cycles end, long chains do not overflow, a queue gets one copy', () => {
  const kit = new Kit();
  const { namespace } = kit;
  const queue = kit.queue('q');
  const length = 20_000;
  for (let i = 0; i < length; i++) namespace.declareExchange({ name: `e${i}`, type: 'fanout' });
  for (let i = 0; i < length; i++) namespace.bind(`e${i}`, namespace.exchange(`e${(i + 1) % length}`), '');
  namespace.bind('e7', queue, '');
  namespace.bind('e19999', queue, '');
  assert.deepEqual(names(kit, 'e0', ''), ['q']);
});

test('an alternate takes what nothing matched; a binding to an exchange is a match', () => {
  const kit = new Kit();
  const { namespace } = kit;
  const args = new Map([['alternate-exchange', 'spare']]);
  namespace.declareExchange({ name: 'e', type: 'direct', arguments: args });
  const empty = namespace.declareExchange({ name: 'empty', type: 'fanout' });
  assert.deepEqual(names(kit, 'e', 'k'), [], 'a missing alternate is no error');
  namespace.declareExchange({ name: 'spare', type: 'fanout' });
  namespace.bind('spare', kit.queue('q'), '');
  assert.deepEqual(names(kit, 'e', 'k'), ['q']);
  namespace.bind('e', empty, 'k');
  assert.deepEqual(names(kit, 'e', 'k'), []);
});

test('headers exchanges route every message by its own headers', () => {
  const kit = new Kit();
  const { namespace } = kit;
  const rows: [string, [string, Value][]][] = [
    ['none-all', []],
    ['none-any', [['x-match', 'any']]],
    ['int', [['n', new Num('int32', 7)]]],
    ['void', [['n', null]]],
    [
      'any',
      [
        ['x-match', 'any'],
        ['n', new Num('int8', 7)],
        ['s', 'red'],
      ],
    ],
    [
      'x-ignored',
      [
        ['x-a', 'other'],
        ['s', 'red'],
      ],
    ],
    [
      'x-looked-at',
      [
        ['x-match', 'all-with-x'],
        ['x-a', 'other'],
        ['s', 'red'],
      ],
    ],
    ['nested', [['t', new Map([['deep', [new Num('int8', 1)]]])]]],
  ];
  for (const [name, args] of rows) namespace.bind('amq.headers', kit.queue(name), '', new Map(args));
  const match = (...headers: [string, Value][]): string[] => names(kit, 'amq.headers', '', new Map(headers));
  assert.deepEqual(match(), ['none-all']);
  assert.deepEqual(match(['n', new Num('int64', 7)]), ['any', 'int', 'none-all', 'void']);
  assert.deepEqual(match(['n', '7']), ['none-all', 'void']);
  assert.deepEqual(match(['s', 'red']), ['any', 'none-all', 'x-ignored']);
  assert.deepEqual(match(['s', 'red'], ['x-a', 'other']), ['any', 'none-all', 'x-ignored', 'x-looked-at']);
  assert.deepEqual(match(['t', new Map([['deep', [new Num('int32', 1)]]])]), ['nested', 'none-all']);
  assert.ok(namespace.exchange('amq.headers').routesByHeaders(''));
});

test('an exchange may keep what passes, in a log chosen by key, and go on routing', () => {
  const kit = new Kit();
  const { namespace } = kit;
  const topic = namespace.declareExchange({ name: 'orders', type: 'topic', durable: true });
  const logs = namespace.keep(topic, 4);
  namespace.bind('orders', kit.queue('q', { durable: true }), '#');
  for (let i = 0; i < 40; i++) kit.publish('orders', `key${i}`, `m${i}`);
  kit.publish('orders', 'key0', 'again');
  kit.settle();
  assert.equal(
    logs.reduce((sum, log) => sum + log.living, 0),
    41,
  );
  assert.ok(logs.every((log) => log.living > 0));
  assert.equal(namespace.queue('q', null).ready, 41);
  assert.equal(topic.route('key0', null).kept[0], topic.route('key0', null).kept[0]);
  const again = kit.restart();
  assert.deepEqual(
    again.namespace.exchange('orders').kept.map(({ living }) => living),
    logs.map(({ living }) => living),
  );
});

test('the route cache is bounded', () => {
  const kit = new Kit({ routeCacheEntries: 8, logSetEntries: 8 });
  const exchange = kit.namespace.exchange('amq.topic');
  for (let i = 0; i < 1_000; i++) exchange.route(`key${i}`, null);
  assert.ok((exchange as unknown as { cache: Map<string, unknown> }).cache.size <= 8);
});
