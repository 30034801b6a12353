/**
 * Routing: interned routes, cycles, alternates, headers, kept logs, bounded caches.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logOfKey, murmur2 } from '../../src/core/partition.ts';
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
  const logs = namespace.topics.keep(topic, 4).logs.map((kept) => kept.log);
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
    again.namespace.exchange('orders').topic?.logs.map(({ log }) => log.living),
    logs.map(({ living }) => living),
  );
});

test('a publisher may choose the log; bindings that look at keys take the messages one by one', () => {
  const kit = new Kit();
  const { namespace } = kit;
  const orders = namespace.declareExchange({ name: 'orders', type: 'topic', durable: true });
  namespace.topics.keep(orders, 4);
  assert.equal(orders.wholeRoute(2)?.kept[0], orders.topic?.logs[2]);
  const all = kit.queue('all', { durable: true });
  namespace.bind('orders', all, '#');
  assert.deepEqual(orders.wholeRoute(2)?.queues, [all]);
  assert.equal(orders.wholeRoute(3)?.kept[0], orders.topic?.logs[3]);
  const some = kit.queue('some', { durable: true });
  namespace.bind('orders', some, 'a.*');
  assert.equal(orders.wholeRoute(2), null, 'the key makes a difference now');
  assert.deepEqual(orders.keptRoute(2).queues, []);
  assert.deepEqual(orders.boundRoute('a.b', null).queues, [all, some]);
  assert.deepEqual(orders.boundRoute('b', null).queues, [all]);
  assert.deepEqual(orders.boundRoute('a.b', null).kept, [], 'its own logs are left out');
  const copies = namespace.declareExchange({ name: 'copies', type: 'fanout', durable: true });
  namespace.topics.keep(copies, 2);
  namespace.unbind('orders', 'queue', 'some', 'a.*');
  namespace.bind('orders', copies, '#');
  assert.equal(orders.wholeRoute(2), null, 'the other topic chooses its log by the key');
  assert.equal(orders.boundRoute('k', null).kept[0]?.log.id, copies.route('k', null).kept[0]?.log.id);
});

test('keys come to the logs to which the producers of Kafka send them', () => {
  // Published vectors of murmur2 as Kafka's own tests have them.
  const vectors: readonly (readonly [key: string, hash: number])[] = [
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ];
  for (const [key, hash] of vectors) assert.equal(murmur2(new TextEncoder().encode(key)), hash, key);
  assert.equal(logOfKey('21', 10), (-973932308 & 0x7fffffff) % 10);
});

test('the route cache is bounded', () => {
  const kit = new Kit({ routeCacheEntries: 8, logSetEntries: 8 });
  const exchange = kit.namespace.exchange('amq.topic');
  for (let i = 0; i < 1_000; i++) exchange.route(`key${i}`, null);
  assert.ok((exchange as unknown as { cache: Map<string, unknown> }).cache.size <= 8);
});
