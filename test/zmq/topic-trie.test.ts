/** The trie of topics against a plain list, over seeded random operations. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TopicTrie } from '../../src/zmq/patterns/topic-trie.ts';
import { Random } from '../wire/amqp091/random.ts';

function topic(random: Random): string {
  return Array.from({ length: random.int(6) }, () => 'abc'[random.int(3)]).join('');
}

test('finds what a message begins with, after any sequence of changes', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = new Random(seed);
    const trie = new TopicTrie<number>();
    const model = new Map<string, number>();
    for (let step = 0; step < 200; step++) {
      const changed = topic(random);
      if (random.int(3) > 0) {
        trie.set(Buffer.from(changed), step);
        model.set(changed, step);
      } else {
        trie.delete(Buffer.from(changed));
        model.delete(changed);
      }
      const message = topic(random) + topic(random);
      const expected = [...model].filter(([each]) => message.startsWith(each)).map(([, value]) => value);
      const found: number[] = [];
      trie.collect(Buffer.from(message), found);
      assert.deepEqual(found.sort(), expected.sort(), `seed ${seed}, step ${step}`);
      assert.equal(trie.matches(Buffer.from(message)), expected.length > 0);
      assert.equal(trie.get(Buffer.from(changed)), model.get(changed));
    }
    const entries = [...trie.entries()].map(([each, value]) => [String(each), value]);
    assert.deepEqual(entries.sort(), [...model].sort());
    for (const each of model.keys()) trie.delete(Buffer.from(each));
    assert.deepEqual([...trie.entries()], []);
    assert.equal(trie.matches(Buffer.from('abc')), false);
  }
});

test('a long topic costs one node, and topics are kept apart from the memory they came in', () => {
  const trie = new TopicTrie<string>();
  const bytes = Buffer.alloc(1_000_000, 0x61);
  trie.set(bytes, 'long');
  bytes.fill(0x62);
  const found: string[] = [];
  trie.collect(Buffer.alloc(1_000_001, 0x61), found);
  assert.deepEqual(found, ['long']);
});
