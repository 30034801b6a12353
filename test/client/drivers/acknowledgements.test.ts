/**
 * AMQP acknowledgements in random order: each tag is acknowledged exactly once, and `multiple` never takes one along
 * that is still out, or names one that is acknowledged already.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Acknowledgements } from '../../../src/client/drivers/amqp/acknowledgements.ts';

function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('acknowledgements', () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    test(`random order ${seed}`, () => {
      const random = randomOf(seed);
      const unacknowledged = new Set<number>();
      const allowed = new Set<number>();
      let frames = 0;
      const gathering = new Acknowledgements((tag, multiple) => {
        frames += 1;
        assert.ok(unacknowledged.has(tag), `${tag} is out`);
        for (const other of [...unacknowledged]) {
          if (other !== tag && !(multiple && other < tag)) continue;
          assert.ok(allowed.has(other), `${other} may go`);
          unacknowledged.delete(other);
        }
      });
      const out: number[] = [];
      for (let tag = 1; tag <= 500; tag += 1) {
        unacknowledged.add(tag);
        out.push(tag);
        while (out.length > 20 || (out.length > 0 && random() < 0.4)) {
          const [settled] = out.splice(Math.floor(random() * Math.min(out.length, 4)), 1) as [number];
          allowed.add(settled);
          if (random() < 0.1) {
            // Given back: with a frame of its own.
            gathering.flush();
            gathering.settle(settled);
            unacknowledged.delete(settled);
          } else gathering.ack(settled);
        }
        if (random() < 0.2) gathering.flush();
      }
      for (const tag of out) {
        allowed.add(tag);
        gathering.ack(tag);
      }
      gathering.flush();
      assert.deepEqual([...unacknowledged], []);
      assert.ok(frames < 400, `${frames} frames for 500 acknowledgements`);
    });
  }

  test('without a gap one frame does for all of a turn', () => {
    const sent: string[] = [];
    const gathering = new Acknowledgements((tag, multiple) => sent.push(`${tag} ${multiple}`));
    for (const tag of [1, 2, 4, 3, 6]) gathering.ack(tag);
    gathering.flush();
    gathering.ack(5);
    gathering.flush();
    assert.deepEqual(sent, ['4 true', '6 false', '5 true']);
  });
});
