/**
 * TopicTrie against plain recursion.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Binding, type Endpoint } from '../../src/core/binding.ts';
import { TopicTrie } from '../../src/core/topic-trie.ts';
import { topicMatches } from '../simulation/model.ts';
import { Random } from '../simulation/random.ts';

function endpoint(name: string): Endpoint {
  return { kind: 'queue', name, durable: false, incoming: new Set(), visit: 0 };
}

const source = endpoint('source');

function bind(trie: TopicTrie, pattern: string): Binding {
  const binding = new Binding(source, endpoint(pattern), pattern, new Map());
  trie.add(binding);
  return binding;
}

function matched(trie: TopicTrie, key: string): string[] {
  const found: Endpoint[] = [];
  trie.match(key, null, found);
  return found.map(({ name }) => name).sort();
}

test('words may be empty, # is zero or more words', () => {
  const trie = new TopicTrie();
  for (const pattern of ['#', '*', '', 'a.#', '#.b', 'a.*.b', '*.#', '#.#']) bind(trie, pattern);
  assert.deepEqual(matched(trie, ''), ['', '#', '#.#', '*', '*.#']);
  assert.deepEqual(matched(trie, 'a'), ['#', '#.#', '*', '*.#', 'a.#']);
  assert.deepEqual(matched(trie, 'a..b'), ['#', '#.#', '#.b', '*.#', 'a.#', 'a.*.b']);
});

test('it agrees with plain recursion, and gives back every node', () => {
  const random = new Random(3);
  const word = (words: readonly string[]): string => random.pick(words) as string;
  const phrase = (words: readonly string[]): string =>
    Array.from({ length: 1 + random.below(5) }, () => word(words)).join('.');
  for (let run = 0; run < 100; run++) {
    const trie = new TopicTrie();
    const patterns = [...new Set(Array.from({ length: 20 }, () => phrase(['a', 'b', '', '*', '#'])))];
    const bindings = patterns.map((pattern) => bind(trie, pattern));
    const live = new Set(patterns);
    for (const binding of bindings) {
      const key = phrase(['a', 'b', '']);
      const expected = [...live].filter((pattern) => topicMatches(pattern.split('.'), key.split('.'))).sort();
      assert.deepEqual(matched(trie, key), expected, key);
      trie.remove(binding);
      live.delete(binding.key);
    }
    assert.equal(trie.size, 0);
  }
});

test('many # do not make it slow', () => {
  const trie = new TopicTrie();
  bind(trie, Array.from({ length: 60 }, () => '#.a').join('.'));
  const started = performance.now();
  assert.deepEqual(matched(trie, Array.from({ length: 120 }, () => 'a').join('.')).length, 1);
  assert.ok(performance.now() - started < 200);
});
