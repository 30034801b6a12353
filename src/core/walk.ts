/**
 * Walk: how consumers with filters go through one log of a subscription, all of them together.
 *
 *     skipped (view.returned)          | cursor
 *     | 3 4 · · 9 10 · 17 |             | 21 22 23 ...
 *         ^from of B    ^at            ^head
 *
 * A message that nobody here wants stays where it is, in the view's set of what came back, and the cursor goes on. So a
 * message may be looked at again, but by each filter once only: a member (one filter in one log) remembers `from`,
 * before which there is nothing for it. Those that are able to take one and stand where the walk is, step with it; a
 * new one, or one that had no credit for a while, waits until the walk has come to an end and turns back to the
 * first of them. So a thousand filters read a deep log a few times, not a thousand times.
 */
import type { Member } from './filter-group.ts';
import { Stepping } from './stepping.ts';
import type { View } from './view.ts';

const NEVER = Number.POSITIVE_INFINITY;

export class Walk {
  readonly view: View;
  /** The offset to be looked at next is not before this one. */
  at = 0;
  /** Who looks at the next message. */
  readonly stepping = new Stepping();
  readonly #members = new Set<Member>();
  readonly #waiting = new Set<Member>();
  /** The lowest `from` of those who wait and are not behind the walk. */
  #nextToJoin = NEVER;
  /** Messages from here on came back since they were looked at. */
  #anew = NEVER;

  constructor(view: View) {
    this.view = view;
  }

  add(member: Member): void {
    this.#members.add(member);
  }

  remove(member: Member): void {
    this.unable(member);
    this.#members.delete(member);
  }

  /** Where the next message is: among the skipped ones, or at the cursor. */
  get offset(): number {
    const { returned, cursor } = this.view;
    return Math.min(returned.firstPresent(this.at), cursor.offset);
  }

  /** It can take a message. */
  able(member: Member): void {
    if (member.stepping || member.waiting) return;
    member.waiting = true;
    this.#waiting.add(member);
    if (member.from >= this.at) this.#nextToJoin = Math.min(this.#nextToJoin, member.from);
  }

  /** It can't take one more: when it can, it goes on from here. */
  unable(member: Member): void {
    this.#waiting.delete(member);
    member.waiting = false;
    if (!member.stepping) return;
    member.stepping = false;
    member.from = this.at;
    this.stepping.remove(member);
  }

  /** Messages came back, whoever had them: everybody is to look from there on. */
  cameBack(from: number): void {
    this.#anew = Math.min(this.#anew, from);
  }

  /** Those join in whose place the walk has come to; `offset` is what will be looked at next. */
  join(offset: number): void {
    if (this.#nextToJoin > offset) return;
    this.#nextToJoin = NEVER;
    for (const member of this.#waiting) {
      if (member.from < this.at) continue;
      if (member.from <= offset) this.#step(member);
      else this.#nextToJoin = Math.min(this.#nextToJoin, member.from);
    }
  }

  /** The message at `offset` was looked at by all who step. */
  passed(offset: number): void {
    this.at = offset + 1;
  }

  /** Back to the first place that somebody has not looked at; false if there is nobody to look. */
  turnBack(): boolean {
    const isAnew = this.#anew < this.at;
    if (this.#waiting.size === 0 && !(isAnew && this.stepping.size > 0)) return false;
    for (const member of this.stepping) {
      member.stepping = false;
      member.waiting = true;
      member.from = this.at;
      this.#waiting.add(member);
    }
    this.stepping.clear();
    if (isAnew) for (const member of this.#members) member.from = Math.min(member.from, this.#anew);
    this.#anew = NEVER;
    let first = NEVER;
    for (const member of this.#waiting) first = Math.min(first, member.from);
    this.at = first;
    this.#nextToJoin = first;
    return true;
  }

  #step(member: Member): void {
    this.#waiting.delete(member);
    member.waiting = false;
    member.stepping = true;
    this.stepping.add(member);
  }
}
