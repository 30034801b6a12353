/** Which offset a Kafka group may commit, whatever the order in which handlers end. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ClusterMetadata, ExtendedGroupProtocolSubscription } from '@platformatic/kafka';
import { assignPartitions } from '../../../src/client/drivers/kafka/assigner.ts';
import { Tracker } from '../../../src/client/drivers/kafka/tracker.ts';

describe('tracker', () => {
  test('commits up to the first that is out', () => {
    const tracker = new Tracker(7);
    for (const offset of [7, 8, 9, 10, 11]) assert.ok(tracker.delivered(offset));
    tracker.settle(8);
    assert.equal(tracker.takeCommit(), undefined);
    tracker.settle(7);
    tracker.settle(10);
    assert.deepEqual([tracker.takeCommit(), tracker.size], [9, 2]);
    assert.equal(tracker.takeCommit(), undefined, 'said once');
    tracker.settle(9);
    tracker.settle(11);
    assert.deepEqual([tracker.takeCommit(), tracker.size], [12, 0]);
  });

  test('gaps in the log, and what is read twice after the group was joined again', () => {
    const tracker = new Tracker(0);
    assert.ok(tracker.delivered(0) && tracker.delivered(5));
    assert.ok(!tracker.delivered(0) && !tracker.delivered(5));
    tracker.settle(0);
    assert.equal(tracker.takeCommit(), 5);
    tracker.commitFailed();
    assert.equal(tracker.takeCommit(), 5, 'said again');
  });

  test('many, in pairs the wrong way round', () => {
    const tracker = new Tracker(0);
    for (let offset = 0; offset < 10_000; offset += 1) tracker.delivered(offset);
    for (let offset = 0; offset < 10_000; offset += 2) {
      tracker.settle(offset + 1);
      tracker.settle(offset);
    }
    assert.deepEqual([tracker.takeCommit(), tracker.size], [10_000, 0]);
  });
});

test('partitions go to those who subscribed to their topic', () => {
  const members = new Map(
    Object.entries({ a: ['x', 'y'], b: ['x'], c: ['z'] }).map(([memberId, topics]) => {
      const member: ExtendedGroupProtocolSubscription = { version: 1, memberId, topics };
      return [memberId, member] as const;
    }),
  );
  const counts = { x: 3, y: 1, z: 2, nobody: 4 };
  const topics = new Map(Object.entries(counts).map(([name, partitionsCount]) => [name, { partitionsCount }]));
  const assigned = assignPartitions('a', members, new Set(['x']), { topics } as unknown as ClusterMetadata);
  const texts = assigned.map(({ memberId, assignments }) => {
    return `${memberId}: ${[...assignments.values()].map((one) => `${one.topic}${one.partitions}`).join(' ')}`;
  });
  assert.deepEqual(texts, ['a: x0,2 y0', 'b: x1', 'c: z0,1']);
});
