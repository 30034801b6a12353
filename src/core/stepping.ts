/**
 * Stepping: the members that look at the next message of a walk, by what they ask first.
 *
 *     others    asked one by one, in turn
 *     pinned    want a header to be a certain text: found by that text, so a thousand of them cost one look
 */

import type { Pin } from './filter.ts';
import type { FilterGroup, Member } from './filter-group.ts';
import type { Entry } from './message.ts';

interface Pinned {
  /** Any of them: it reads the header that all of these have in common. */
  readonly pin: Pin;
  readonly byText: Map<string, Member[]>;
}

export class Stepping {
  size = 0;
  readonly #others: Member[] = [];
  readonly #pinned = new Map<string, Pinned>();
  #pinnedFirst = false;

  add(member: Member): void {
    this.#listOf(member).push(member);
    this.size++;
  }

  remove(member: Member): void {
    const list = this.#listOf(member);
    list.splice(list.indexOf(member), 1);
    this.size--;
    const { pin } = member.group;
    if (pin === null || list.length > 0) return;
    const pinned = this.#pinned.get(pin.name);
    pinned?.byText.delete(pin.text);
    if (pinned?.byText.size === 0) this.#pinned.delete(pin.name);
  }

  clear(): void {
    this.size = 0;
    this.#others.length = 0;
    this.#pinned.clear();
  }

  /** Puts those that may want the message into `into`, the one first whose turn it is. */
  candidates(entry: Entry, into: Member[]): void {
    into.length = 0;
    this.#pinnedFirst = !this.#pinnedFirst;
    if (!this.#pinnedFirst) for (const member of this.#others) into.push(member);
    for (const { pin, byText } of this.#pinned.values()) {
      const text = pin.of(entry);
      const found = text === null ? undefined : byText.get(text);
      if (found !== undefined) for (const member of found) into.push(member);
    }
    if (this.#pinnedFirst) for (const member of this.#others) into.push(member);
  }

  /** It got one: those like it are asked before it next time. */
  took(member: Member): void {
    const list = this.#listOf(member);
    if (list.length < 2) return;
    list.splice(list.indexOf(member), 1);
    list.push(member);
  }

  *[Symbol.iterator](): Generator<Member> {
    yield* this.#others;
    for (const { byText } of this.#pinned.values()) for (const members of byText.values()) yield* members;
  }

  #listOf({ group }: Member): Member[] {
    const { pin }: FilterGroup = group;
    if (pin === null) return this.#others;
    let pinned = this.#pinned.get(pin.name);
    if (pinned === undefined) {
      pinned = { pin, byText: new Map() };
      this.#pinned.set(pin.name, pinned);
    }
    let list = pinned.byText.get(pin.text);
    if (list === undefined) {
      list = [];
      pinned.byText.set(pin.text, list);
    }
    return list;
  }
}
