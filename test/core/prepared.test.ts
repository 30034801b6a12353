/** Prepared transactions and delayed messages: placed or freed once, by a decision or by time, also after a restart. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Hold } from '../../src/core/hold-table.ts';
import { HOLD } from '../../src/core/hold-table.ts';
import type { HoldTerms, Prepared } from '../../src/core/prepared.ts';
import { Num } from '../../src/core/value.ts';
import { Kit, refusal, TextMessage } from './kit.ts';

const HALF: HoldTerms = { until: 'decision', at: 7_000, group: 'g', name: '' };
const heard = (groups: number[]) => ({ decided: (group: number) => groups.push(group) });

/** Holds texts for queue `key`, and answers the offset. */
function hold(kit: Kit, key: string, texts: string[], terms: Partial<HoldTerms> = {}): number {
  const { prepared, defaultExchange: exchange } = kit.namespace;
  const messages = texts.map((text) => ({ exchange, key, log: -1, message: new TextMessage(text) }));
  return prepared.hold(messages, { ...HALF, ...terms }).offset;
}

/** What is in the queue, by consuming it. */
function drained(kit: Kit, name: string): string[] {
  kit.consumer(kit.namespace.queue(name, null), { autoSettle: true });
  kit.settle();
  return kit.sink.take();
}

const states = (prepared: Prepared): [number, number][] =>
  [...prepared.heads()].map(({ offset, state }) => [offset, state]);

test('a prepared message survives a restart and is placed once', () => {
  const kit = new Kit();
  kit.queue('q', { durable: true });
  const { prepared, defaultExchange } = kit.namespace;
  const message = new TextMessage('half', { persistent: false });
  const half = prepared.hold([{ exchange: defaultExchange, key: 'q', log: -1, message }], HALF).offset;
  const other = hold(kit, 'q', ['never']);
  assert.equal(refusal(() => prepared.decide(half, 'commit', heard([]))).reason, 'not-prepared');
  kit.settle();
  const again = kit.restart();
  assert.deepEqual(states(again.namespace.prepared), [
    [half, HOLD.UNDECIDED],
    [other, HOLD.UNDECIDED],
  ]);
  const groups: number[] = [];
  again.namespace.prepared.decide(half, 'commit', heard(groups));
  again.namespace.prepared.decide(other, 'rollback', heard(groups));
  again.settle();
  assert.equal(groups.length, 2);
  assert.equal(again.namespace.queue('q', null).ready, 1);
  const third = again.restart();
  third.namespace.prepared.decide(half, 'commit', heard(groups));
  assert.equal(groups[2], 0, 'a repeat is answered the same');
  assert.equal(refusal(() => third.namespace.prepared.decide(half, 'rollback', heard([]))).reason, 'decided-otherwise');
  assert.equal(refusal(() => third.namespace.prepared.decide(99, 'rollback', heard([]))).reason, 'missing');
  assert.deepEqual(drained(third, 'q'), ['half']);
  assert.equal(third.namespace.prepared.held, 0, 'nothing of it is left');
});

test('the messages of a transaction go together, each where it is meant to go', () => {
  const kit = new Kit();
  kit.queue('a');
  kit.queue('b');
  const { prepared, defaultExchange: exchange } = kit.namespace;
  const message = (key: string) => ({ exchange, key, log: -1, message: new TextMessage(key) });
  const { offset } = prepared.hold([message('a'), message('b'), message('gone')], HALF);
  kit.settle();
  assert.deepEqual(prepared.find(offset)?.count, 3);
  assert.equal(refusal(() => prepared.decide(offset + 1, 'commit', heard([]))).reason, 'missing');
  prepared.decide(offset, 'commit', heard([]));
  kit.settle();
  assert.deepEqual([...drained(kit, 'a'), ...drained(kit, 'b')], ['a', 'b']);
  assert.deepEqual([...prepared.heads()], []);
});

test('a decision about cold bytes counts at once and is carried out when they are there', () => {
  const kit = new Kit();
  kit.queue('q', { durable: true });
  const { prepared } = kit.namespace;
  const offset = hold(kit, 'q', ['one', 'two']);
  kit.settle();
  kit.store.isCold = () => true;
  const groups: number[] = [];
  prepared.decide(offset, 'commit', heard(groups));
  assert.deepEqual([groups.length, prepared.outcome(offset)], [0, 'commit']);
  assert.equal(refusal(() => prepared.decide(offset, 'rollback', heard([]))).reason, 'decided-otherwise');
  prepared.decide(offset, 'commit', heard(groups));
  kit.settle();
  assert.equal(groups.length, 2);
  assert.equal(kit.namespace.queue('q', null).ready, 2);
});

test('decisions are forgotten oldest first, 256 at a time', () => {
  const kit = new Kit({ decisionsMax: 2 });
  const { prepared } = kit.namespace;
  const offsets = Array.from({ length: 258 }, (_, number) => hold(kit, 'nowhere', [`${number}`]));
  kit.settle();
  for (const offset of offsets) prepared.decide(offset, 'rollback', heard([]));
  kit.settle();
  const outcomes = (of: Prepared) => offsets.map((offset) => of.outcome(offset));
  const left = [...Array(256).fill(undefined), 'rollback', 'rollback'];
  assert.deepEqual(outcomes(prepared), left);
  assert.deepEqual(outcomes(kit.restart().namespace.prepared), left);
});

test('an exchange that looks at headers is given those of the held message', () => {
  const kit = new Kit();
  kit.broker.formats.register({
    tag: 1,
    name: 'text',
    header: (entry, name) => (name === 'first' ? String.fromCharCode(entry.bytes[entry.start] ?? 0) : undefined),
    toHub: () => assert.fail(),
    fromHub: () => assert.fail(),
  });
  kit.namespace.bind('amq.headers', kit.queue('x'), '', new Map([['first', 'x']]));
  kit.namespace.bind('amq.headers', kit.queue('n'), '', new Map([['n', new Num('int8', 1)]]));
  const exchange = kit.namespace.exchange('amq.headers');
  const held = (text: string) => ({ exchange, key: '', log: -1, message: new TextMessage(text) });
  const { offset } = kit.namespace.prepared.hold([held('xy'), held('yx')], HALF);
  kit.settle();
  kit.namespace.prepared.decide(offset, 'commit', heard([]));
  kit.settle();
  assert.deepEqual([...drained(kit, 'x'), ...drained(kit, 'n')], ['xy']);
});

test('the group is asked by time, never without a pause, and survives a restart in its count', () => {
  const kit = new Kit({ checkIntervalMs: 1_000, checksMax: 3 });
  kit.queue('q');
  const asked: string[] = [];
  const answering = (of: Kit) => {
    of.namespace.prepared.checks.add({
      ask: (group, { checks }: Hold, entry) => {
        asked.push(`${group} ${checks} ${new TextDecoder().decode(entry.bytes.subarray(entry.start, entry.end))}`);
        return group === 'g';
      },
    });
  };
  answering(kit);
  const offset = hold(kit, 'q', ['half']);
  const stranger = hold(kit, 'q', ['other'], { group: 'nobody', at: 1_000_000 });
  const at = (of: Kit, now: number): string[] => {
    of.clock.now = now;
    of.settle();
    return asked.splice(0);
  };
  assert.deepEqual(at(kit, 6_999), []);
  assert.deepEqual(at(kit, 7_000), ['g 0 half']);
  assert.deepEqual(at(kit, 7_999), []);
  assert.deepEqual(at(kit, 8_500), ['g 1 half']);
  const again = new Kit({ checkIntervalMs: 1_000, checksMax: 3 }, kit.store.crash(false));
  answering(again);
  assert.deepEqual(at(again, 9_400), []);
  assert.deepEqual(at(again, 9_500), ['g 2 half']);
  assert.deepEqual(at(again, 20_000), [], 'asked often enough');
  const { prepared } = again.namespace;
  assert.equal(prepared.find(offset)?.state, HOLD.PARKED);
  assert.equal(prepared.checkAgain(offset), true);
  assert.deepEqual(at(again, 20_001), ['g 0 half']);
  assert.deepEqual(at(again, 1_000_000), ['g 1 half', 'nobody 0 other']);
  assert.equal(prepared.find(stranger)?.checks, 0, 'nobody was there to be asked');
  prepared.decide(offset, 'commit', heard([]));
  again.settle();
  assert.deepEqual(at(again, 1_001_000), ['nobody 0 other'], 'what is decided is not asked about');
});

test('what is rolled back can be looked at for a while, and is never placed', () => {
  const kit = new Kit({ rolledBackKeptMs: 500 });
  kit.queue('q');
  const { prepared } = kit.namespace;
  const offset = hold(kit, 'q', ['half', 'and half']);
  kit.settle();
  prepared.decide(offset, 'rollback', heard([]));
  kit.settle();
  assert.deepEqual(states(prepared), [[offset, HOLD.ROLLED_BACK]]);
  assert.equal(prepared.held, 2);
  assert.equal(refusal(() => prepared.decide(offset, 'commit', heard([]))).reason, 'decided-otherwise');
  kit.clock.now += 500;
  kit.settle();
  assert.deepEqual(states(prepared), []);
  assert.equal(prepared.held, 0);
  assert.equal(kit.namespace.queue('q', null).ready, 0);
});

test('a delayed message is placed at its time, by time and then by order, also after a restart', () => {
  const kit = new Kit();
  kit.queue('q', { durable: true });
  const delayed = (text: string, at: number) => hold(kit, 'q', [text], { until: 'time', at, group: '' });
  delayed('late', 3_000);
  delayed('first', 2_000);
  delayed('second', 2_000);
  const cancelled = delayed('cancelled', 2_000);
  assert.equal(refusal(() => kit.namespace.prepared.cancel(cancelled)).reason, 'not-prepared');
  kit.settle();
  assert.ok((kit.namespace.prepared.cancel(cancelled) as number) > 0);
  assert.equal(kit.namespace.prepared.cancel(cancelled), null);
  kit.clock.now = 1_999;
  kit.settle();
  assert.equal(kit.namespace.queue('q', null).ready, 0);
  const again = kit.restart();
  again.clock.now = 2_000;
  again.settle();
  assert.equal(again.namespace.queue('q', null).ready, 2);
  assert.equal(refusal(() => again.namespace.prepared.decide(0, 'commit', heard([]))).reason, 'missing');
  again.clock.now = 5_000;
  again.settle();
  assert.deepEqual(drained(again, 'q'), ['first', 'second', 'late']);
  assert.equal(again.namespace.prepared.held, 0);
});

test('what is due before it is committed, or cold, is placed when it is there', () => {
  const kit = new Kit();
  kit.queue('q');
  hold(kit, 'q', ['at once'], { until: 'time', at: 0 });
  kit.settle();
  assert.equal(kit.namespace.queue('q', null).ready, 1);
  for (const text of ['a', 'b', 'c']) hold(kit, 'q', [text], { until: 'time', at: 2_000 });
  kit.settle();
  kit.store.isCold = () => true;
  kit.clock.now = 2_000;
  kit.settle();
  assert.equal(kit.namespace.queue('q', null).ready, 4);
});

test('more than is allowed is refused, and nothing of it is held', () => {
  const kit = new Kit({ heldMax: 3, heldTogetherMax: 2, transactionBytesMax: 10, entryBytesMax: 8 });
  const argumentOf = (...texts: string[]) => refusal(() => hold(kit, 'q', texts)).argument;
  assert.equal(argumentOf('a', 'b', 'c'), 'heldTogetherMax');
  assert.equal(argumentOf('123456789'), 'entryBytesMax');
  assert.equal(argumentOf('123456', '123456'), 'transactionBytesMax');
  hold(kit, 'q', ['a', 'b']);
  assert.equal(argumentOf('a', 'b'), 'heldMax');
  kit.settle();
  assert.equal(kit.namespace.prepared.held, 2);
});

test('a compensation is placed if its operation was rolled back, and freed if it was committed', () => {
  const kit = new Kit({ checkIntervalMs: 1_000, checksMax: 1 });
  kit.queue('undo');
  const { prepared } = kit.namespace;
  const asked: [number, number][] = [];
  prepared.checks.add({
    ask: (_group, { offset, state }) => {
      asked.push([offset, state]);
      return true;
    },
  });
  const failed = hold(kit, 'undo', ['failed: one', 'failed: two'], { until: 'failure', at: 2_000 });
  const done = hold(kit, 'undo', ['done'], { until: 'failure', at: 2_000 });
  const unknown = hold(kit, 'undo', ['unknown'], { until: 'failure', at: 2_000 });
  kit.clock.now = 2_000;
  kit.settle();
  assert.deepEqual(
    asked,
    [failed, done, unknown].map((offset) => [offset, HOLD.COMPENSATION]),
  );
  prepared.decide(failed, 'rollback', heard([]));
  prepared.decide(done, 'commit', heard([]));
  assert.equal(refusal(() => prepared.decide(failed, 'commit', heard([]))).reason, 'decided-otherwise');
  kit.settle();
  assert.deepEqual([prepared.outcome(failed), prepared.outcome(done)], ['rollback', 'commit']);
  kit.clock.now = 3_000;
  kit.settle();
  assert.deepEqual(states(prepared), [[unknown, HOLD.PARKED_COMPENSATION]]);
  assert.equal(prepared.checkAgain(unknown), true);
  prepared.decide(unknown, 'rollback', heard([]));
  kit.settle();
  assert.deepEqual(drained(kit, 'undo'), ['failed: one', 'failed: two', 'unknown']);
});
