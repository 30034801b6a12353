/**
 * TopicTrie: the bindings of a topic exchange by the words of their patterns, so that matching costs by the words of
 * the key and not by the number of bindings.
 *
 *   patterns  eu.*.new   eu.#        root ── eu ─┬─ * ── new [1]
 *                                                └─ # [2]
 *
 * `*` is exactly one word, `#` zero or more; a word may be empty, so '' is one empty word and 'a.' is two words.
 *
 * Matching walks the key's words with the set of nodes that are possible so far, each in it at most once, and never
 * backtracks: `#.a.#.a.#` against `a.a.a.a...` costs words x nodes, not more. A `#` node stays in the set for any word;
 * reaching a node reaches its `#` child too, for `#` may be no word at all.
 */
import type { Binding, Endpoint } from './binding.ts';
import { LOOKS_AT_KEY, LOOKS_AT_NOTHING, type LooksAt, type Matcher, removeFrom } from './matcher.ts';
import type { Headers } from './value.ts';

class Node {
  readonly parent: Node | null;
  readonly word: string;
  readonly words = new Map<string, Node>();
  star: Node | null = null;
  hash: Node | null = null;
  readonly bindings: Binding[] = [];
  /** The last step of a match that reached it. */
  step = 0;

  constructor(parent: Node | null, word: string) {
    this.parent = parent;
    this.word = word;
  }

  get empty(): boolean {
    return this.bindings.length === 0 && this.words.size === 0 && this.star === null && this.hash === null;
  }
}

export class TopicTrie implements Matcher {
  private readonly root = new Node(null, '');
  private active: Node[] = [];
  private reached: Node[] = [];
  private step = 0;

  /** Nothing, if every pattern is a lone `#`. */
  get looksAt(): LooksAt {
    const { words, star, hash } = this.root;
    const deeper = hash !== null && (hash.words.size > 0 || hash.star !== null || hash.hash !== null);
    return words.size === 0 && star === null && !deeper ? LOOKS_AT_NOTHING : LOOKS_AT_KEY;
  }

  add(binding: Binding): void {
    let node = this.root;
    for (const word of binding.key.split('.')) node = child(node, word) ?? grow(node, word);
    node.bindings.push(binding);
  }

  remove(binding: Binding): void {
    let node: Node | null = this.root;
    for (const word of binding.key.split('.')) {
      node = child(node, word);
      if (node === null) return;
    }
    removeFrom(node.bindings, binding);
    while (node.parent !== null && node.empty) {
      prune(node.parent, node.word);
      node = node.parent;
    }
  }

  match(key: string, _headers: Headers | null, into: Endpoint[]): void {
    this.active.length = 0;
    this.begin();
    this.reach(this.root, this.active);
    for (let from = 0; from <= key.length && this.active.length > 0; ) {
      const dot = key.indexOf('.', from);
      const to = dot < 0 ? key.length : dot;
      this.advance(key.slice(from, to));
      from = to + 1;
    }
    for (const node of this.active) {
      for (const binding of node.bindings) into.push(binding.target);
    }
  }

  /** How many nodes there are below the root: what unbinding must give back. */
  get size(): number {
    return countBelow(this.root);
  }

  private advance(word: string): void {
    const { active, reached } = this;
    reached.length = 0;
    this.begin();
    for (const node of active) {
      const same = node.words.get(word);
      if (same !== undefined) this.reach(same, reached);
      if (node.star !== null) this.reach(node.star, reached);
      if (node.word === '#' && node.parent?.hash === node) this.reach(node, reached);
    }
    this.active = reached;
    this.reached = active;
  }

  private begin(): void {
    this.step++;
  }

  private reach(node: Node, into: Node[]): void {
    for (let next: Node | null = node; next !== null && next.step !== this.step; next = next.hash) {
      next.step = this.step;
      into.push(next);
    }
  }
}

function child(node: Node, word: string): Node | null {
  if (word === '*') return node.star;
  if (word === '#') return node.hash;
  return node.words.get(word) ?? null;
}

function grow(node: Node, word: string): Node {
  const grown = new Node(node, word);
  if (word === '*') node.star = grown;
  else if (word === '#') node.hash = grown;
  else node.words.set(word, grown);
  return grown;
}

function prune(node: Node, word: string): void {
  if (word === '*') node.star = null;
  else if (word === '#') node.hash = null;
  else node.words.delete(word);
}

function countBelow(node: Node): number {
  let nodes = 0;
  for (const below of [...node.words.values(), node.star, node.hash]) {
    if (below !== null) nodes += 1 + countBelow(below);
  }
  return nodes;
}
