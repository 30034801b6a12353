/**
 * TopicTrie: values by topic, found by what a message begins with. Edges carry as many bytes as they can, so memory
 * goes with what was subscribed to and not with how long topics are.
 *
 *     a, ab, abcd     root -a-> [a] -b-> [ab] -cd-> [abcd]
 *
 * A message `abc...` meets the values of a and ab.
 */
import { copyOf, sameBytes } from '../../bytes/copy.ts';

const NOTHING = new Uint8Array(0);

class Node<V> {
  label: Uint8Array;
  value: V | undefined = undefined;
  readonly children = new Map<number, Node<V>>();

  constructor(label: Uint8Array) {
    this.label = label;
  }

  /** Puts a node in front of it, that has the first `length` bytes of the label. */
  split(length: number): Node<V> {
    const front = new Node<V>(this.label.subarray(0, length));
    this.label = this.label.subarray(length);
    front.children.set(this.label[0] as number, this);
    return front;
  }
}

export class TopicTrie<V> {
  readonly #root = new Node<V>(NOTHING);

  get(topic: Uint8Array): V | undefined {
    let node: Node<V> | undefined = this.#root;
    for (let at = 0; at < topic.length; at += node.label.length) {
      node = node.children.get(topic[at] as number);
      if (node === undefined || !begins(topic, at, node.label)) return undefined;
    }
    return node.value;
  }

  set(topic: Uint8Array, value: V): void {
    let node = this.#root;
    let at = 0;
    while (at < topic.length) {
      const octet = topic[at] as number;
      let child = node.children.get(octet);
      if (child === undefined) {
        child = new Node(copyOf(topic, at));
        node.children.set(octet, child);
      } else {
        const shared = sharedBytes(topic, at, child.label);
        if (shared < child.label.length) {
          child = child.split(shared);
          node.children.set(octet, child);
        }
      }
      node = child;
      at += child.label.length;
    }
    node.value = value;
  }

  delete(topic: Uint8Array): void {
    const path: Node<V>[] = [this.#root];
    for (let at = 0; at < topic.length; ) {
      const node = path.at(-1)?.children.get(topic[at] as number);
      if (node === undefined || !begins(topic, at, node.label)) return;
      path.push(node);
      at += node.label.length;
    }
    (path.at(-1) as Node<V>).value = undefined;
    for (let node = path.pop(), above = path.pop(); node !== undefined && above !== undefined; ) {
      if (node.value !== undefined) return;
      if (node.children.size === 1) join(above, node);
      if (node.children.size > 0) return;
      above.children.delete(node.label[0] as number);
      node = above;
      above = path.pop();
    }
  }

  /** Does `message` begin with any topic? */
  matches(message: Uint8Array): boolean {
    let node: Node<V> | undefined = this.#root;
    for (let at = 0; ; at += node.label.length) {
      if (node.value !== undefined) return true;
      if (at === message.length) return false;
      node = node.children.get(message[at] as number);
      if (node === undefined || !begins(message, at, node.label)) return false;
    }
  }

  /** Adds the values of all topics that `message` begins with to `found`. */
  collect(message: Uint8Array, found: V[]): void {
    let node: Node<V> | undefined = this.#root;
    for (let at = 0; ; at += node.label.length) {
      if (node.value !== undefined) found.push(node.value);
      if (at === message.length) return;
      node = node.children.get(message[at] as number);
      if (node === undefined || !begins(message, at, node.label)) return;
    }
  }

  /** Every topic with its value. */
  *entries(): Generator<[topic: Buffer, value: V]> {
    const waiting: [Buffer, Node<V>][] = [[Buffer.alloc(0), this.#root]];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const [topic, node] = next;
      if (node.value !== undefined) yield [topic, node.value];
      for (const child of node.children.values()) waiting.push([Buffer.concat([topic, child.label]), child]);
    }
  }
}

/** A node without a value and with one child has no reason to be: the child takes its place. */
function join<V>(above: Node<V>, node: Node<V>): void {
  const [child] = node.children.values();
  if (child === undefined) return;
  child.label = Buffer.concat([node.label, child.label]);
  above.children.set(child.label[0] as number, child);
}

function begins(bytes: Uint8Array, at: number, label: Uint8Array): boolean {
  return bytes.length - at >= label.length && sameBytes(bytes, at, label, 0, label.length);
}

function sharedBytes(topic: Uint8Array, at: number, label: Uint8Array): number {
  const max = Math.min(topic.length - at, label.length);
  let shared = 0;
  while (shared < max && topic[at + shared] === label[shared]) shared++;
  return shared;
}
