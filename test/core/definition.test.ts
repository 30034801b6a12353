/**
 * Definitions: their JSON, and that folding them is idempotent from every checkpoint on.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Definition, decodeDefinition, encodeDefinition, logsOf } from '../../src/core/definition.ts';
import { DefinitionSet } from '../../src/core/definition-set.ts';
import { CoreError } from '../../src/core/errors.ts';
import { HOLD } from '../../src/core/hold-table.ts';
import { Num, type Value } from '../../src/core/value.ts';

const args = new Map<string, Value>([
  ['n', new Num('int16', 3)],
  ['nested', new Map([['b', new Uint8Array([7])]])],
]);
const binding = { namespace: '/', source: 'e', targetKind: 'queue', target: 'q', key: 'k', arguments: args } as const;

const target = { namespace: '/', exchange: '', key: 'q', log: -1, priority: 0, group: 'g', name: '' };
const hold = { namespace: '/', at: 9, born: 5, target: 1, count: 1, checks: 0, state: HOLD.UNDECIDED };

const HISTORY: Definition[] = [
  { kind: 'namespace', name: '/' },
  {
    kind: 'exchange',
    namespace: '/',
    name: 'e',
    type: 'topic',
    autoDelete: false,
    internal: true,
    arguments: args,
  },
  {
    kind: 'topic',
    namespace: '/',
    name: 'e',
    logs: [4],
    retentionMs: 1000,
    retentionBytes: -1,
    settings: args,
  },
  { kind: 'span', namespace: '/', log: 4, floor: 0, from: 0, to: 10, newest: 5, bytes: 100 },
  { kind: 'span', namespace: '/', log: 4, floor: 0, from: 10, to: 30, newest: 9, bytes: 200 },
  { kind: 'log-note', namespace: '/', log: 4, name: 'producers', offset: 30, value: '{}' },
  { kind: 'log-note', namespace: '/', log: 4, name: 'producers', offset: 40, value: '[]' },
  { kind: 'position', namespace: '/', log: 4, group: 'g', offset: 12, metadata: 'm', epoch: 3, at: 5 },
  { kind: 'position', namespace: '/', log: 4, group: 'h', offset: 13, metadata: '', epoch: -1, at: 6 },
  { kind: 'position', namespace: '/', log: 4, group: 'k', offset: 13, metadata: '', epoch: -1, at: 6 },
  { kind: 'position-forgotten', namespace: '/', log: 4, group: 'h' },
  { kind: 'group-forgotten', namespace: '/', group: 'k' },
  { kind: 'queue', namespace: '/', name: 'q', autoDelete: true, arguments: args, logs: [1, 2] },
  { kind: 'binding', ...binding },
  { kind: 'binding-deleted', ...binding },
  { kind: 'binding', ...binding, key: 'other' },
  { kind: 'hold-log', namespace: '/', log: 9 },
  { kind: 'hold-target', number: 1, ...target },
  { kind: 'hold', offset: 0, ...hold },
  { kind: 'hold', offset: 1, ...hold, count: 2 },
  { kind: 'hold', offset: 2, ...hold, count: 0, state: HOLD.MEMBER },
  { kind: 'hold-target', number: 2, ...target, key: 'other' },
  { kind: 'hold', offset: 3, ...hold, target: 2 },
  { kind: 'hold', offset: 3, ...hold, target: 2, checks: 1, at: 99 },
  { kind: 'hold-ended', namespace: '/', offset: 1, count: 2 },
  { kind: 'decision', namespace: '/', offset: 1, outcome: 'commit', ended: 0 },
  { kind: 'hold-ended', namespace: '/', offset: 3, count: 1 },
  { kind: 'hold-rows', namespace: '/', rows: [8, 100, 5, 1, 1, 2, HOLD.DELAYED, 9, 100, 5, 1, 1, 0, HOLD.PARKED] },
  { kind: 'hold-ended', namespace: '/', offset: 8, count: 1 },
  { kind: 'queue', namespace: '/', name: 'r', autoDelete: false, arguments: new Map(), logs: [3] },
  { kind: 'queue-deleted', namespace: '/', name: 'q' },
  { kind: 'queue', namespace: '/', name: 'q', autoDelete: false, arguments: new Map(), logs: [5] },
  { kind: 'exchange-deleted', namespace: '/', name: 'x' },
  { kind: 'decision', namespace: '/', offset: 9, outcome: 'rollback', ended: 1 },
  { kind: 'decisions-forgotten', namespace: '/', offsets: [76, 77] },
  { kind: 'namespace', name: 'other' },
  { kind: 'namespace-deleted', name: 'other' },
];

const folded = (...runs: Iterable<Definition>[]): string[] => {
  const set = new DefinitionSet();
  for (const run of runs) for (const definition of run) set.fold(definition);
  return [...set].map(encodeDefinition);
};

test('every kind comes back as it was', () => {
  for (const definition of HISTORY) assert.deepEqual(decodeDefinition(encodeDefinition(definition)), definition);
});

test('folding is idempotent: twice, and from every checkpoint on', () => {
  const state = folded(HISTORY);
  assert.deepEqual(folded(HISTORY, HISTORY).sort(), [...state].sort());
  for (let at = 0; at <= HISTORY.length; at++) {
    const checkpoint = folded(HISTORY.slice(0, at)).map(decodeDefinition);
    for (let from = 0; from <= at; from++) {
      assert.deepEqual(
        folded(checkpoint, HISTORY.slice(from)).sort(),
        [...state].sort(),
        `checkpoint at ${at}, replay from ${from}`,
      );
    }
  }
});

test('the logs that are named are those of what is left', () => {
  const set = new DefinitionSet();
  for (const definition of HISTORY) set.fold(definition);
  assert.deepEqual([...set.logs()].sort(), [3, 4, 5, 9]);
  assert.deepEqual(HISTORY.flatMap(logsOf), [4, 1, 2, 9, 3, 5]);
});

test('what is no definition is refused', () => {
  for (const text of [
    '',
    'null',
    '[]',
    '{}',
    '{"kind":"toString"}',
    '{"kind":"queue","name":"q"}',
    '{"kind":"decision","offset":"1"}',
  ]) {
    assert.throws(() => decodeDefinition(text), CoreError, text);
  }
});

test('a position of before epochs were kept has none', () => {
  const old = '{"kind":"position","namespace":"/","log":4,"group":"g","offset":12,"metadata":"m","at":5}';
  assert.equal((decodeDefinition(old) as { epoch?: number }).epoch, -1);
  assert.throws(() => decodeDefinition(old.replace('"at"', '"epoch":"x","at"')), CoreError);
});
