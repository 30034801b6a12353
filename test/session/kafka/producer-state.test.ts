import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastSequenceOf, ProducerState } from '../../../src/session/kafka/producer-state.ts';

const HIGHEST = 2 ** 31 - 1;

test('the next sequence is taken, the last five are known, all else is out of order', () => {
  const state = new ProducerState(0, 0);
  assert.equal(state.judge(0, 7, 9), 'append', 'whoever is not known may begin anywhere');
  for (let index = 0; index < 7; index++) {
    const batch = { firstSequence: index * 10, lastSequence: index * 10 + 9, offset: 100 + index };
    if (index > 0) assert.equal(state.judge(0, batch.firstSequence, batch.lastSequence), 'append');
    state.note(0, batch, index);
  }
  for (let index = 2; index < 7; index++) {
    assert.deepEqual(state.judge(0, index * 10, index * 10 + 9), {
      firstSequence: index * 10,
      lastSequence: index * 10 + 9,
      offset: 100 + index,
    });
  }
  assert.equal(state.judge(0, 10, 19), 'out-of-order', 'the sixth last is forgotten');
  assert.equal(state.judge(0, 60, 68), 'out-of-order', 'half of a batch is no repetition');
  assert.equal(state.judge(0, 71, 80), 'out-of-order', 'a gap');
  assert.equal(state.judge(0, 70, 80), 'append');
});

test('a new epoch begins at 0, an old one is over', () => {
  const state = new ProducerState(3, 0);
  state.note(3, { firstSequence: 0, lastSequence: 4, offset: 0 }, 0);
  assert.equal(state.judge(2, 5, 9), 'fenced');
  assert.equal(state.judge(4, 5, 9), 'out-of-order');
  assert.equal(state.judge(4, 0, 0), 'append');
  state.note(4, { firstSequence: 0, lastSequence: 0, offset: 5 }, 0);
  assert.equal(state.batches.length, 1, 'what the old epoch wrote is not repeated');
});

test('sequences begin again after the highest', () => {
  assert.equal(lastSequenceOf(HIGHEST, 1), HIGHEST);
  assert.equal(lastSequenceOf(HIGHEST - 1, 4), 1);
  const state = new ProducerState(0, 0);
  state.note(0, { firstSequence: HIGHEST - 1, lastSequence: 1, offset: 0 }, 0);
  assert.equal(state.judge(0, 2, 2), 'append');
  const other = new ProducerState(0, 0);
  other.note(0, { firstSequence: 0, lastSequence: HIGHEST, offset: 0 }, 0);
  assert.equal(other.judge(0, 0, 0), 'append');
});
