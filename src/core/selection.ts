/**
 * Selection: the consumers of a subscription when some of them want certain messages only.
 *
 *   FilterGroup   consumers with the same filter, in turn; those without one are a group too
 *   Walk          how all groups go through one log together, and what nobody wanted stays behind (see walk.ts)
 *
 * A subscription has one from its first consumer with a filter to its last; all others are untouched by it. Each
 * consumer gets the messages that it wants in their order; a message that several want goes to one of them, in turn.
 */
import type { Consumer } from './consumer.ts';
import { FilterGroup, type Member } from './filter-group.ts';
import type { Lane } from './lane.ts';
import type { Entry } from './message.ts';
import { END, READY } from './ports.ts';
import type { Budget, Environment } from './turn.ts';
import type { View } from './view.ts';
import { Walk } from './walk.ts';

/** The subscription as its selection sees it. */
export interface Selected {
  readonly environment: Environment;
  readonly views: readonly View[];
  /** The consumer in the lane whose turn it is and that can take one; the others leave it. */
  nextIn(lane: Lane): Consumer | null;
  /** Whether it is to be delivered: what is expired is not, and is gone after this. */
  judge(view: View, wasSkipped: boolean): boolean;
  hand(consumer: Consumer, view: View, wasSkipped: boolean): void;
  /** The bytes at `offset` are cold: nothing is to be done until they are there. */
  park(view: View, offset: number): void;
}

type Step = 'moved' | 'ended' | 'parked';

export class Selection {
  readonly #subscription: Selected;
  readonly #entry: Entry;
  readonly #walks: readonly Walk[];
  readonly #groups = new Map<string | null, FilterGroup>();
  /** Used again for each message. */
  readonly #candidates: Member[] = [];

  constructor(subscription: Selected, entry: Entry) {
    this.#subscription = subscription;
    this.#entry = entry;
    this.#walks = subscription.views.map((view) => new Walk(view));
  }

  /** Whether anybody can take a message. */
  get isAble(): boolean {
    for (const group of this.#groups.values()) if (group.lane.size > 0) return true;
    return false;
  }

  /** Whether a consumer is left that has a filter. */
  get isNeeded(): boolean {
    return this.#groups.size > (this.#groups.has(null) ? 1 : 0);
  }

  add(consumer: Consumer): void {
    const text = consumer.filter?.text ?? null;
    let group = this.#groups.get(text);
    if (group === undefined) {
      group = new FilterGroup(consumer.filter, this.#walks.length);
      this.#groups.set(text, group);
      for (const [index, walk] of this.#walks.entries()) walk.add(group.members[index] as Member);
    }
    group.consumers++;
  }

  remove(consumer: Consumer): void {
    const group = this.#groupOf(consumer);
    group.lane.leave(consumer);
    if (--group.consumers > 0) return;
    this.#groups.delete(group.filter?.text ?? null);
    for (const [index, walk] of this.#walks.entries()) walk.remove(group.members[index] as Member);
  }

  /** It can take a message again. */
  enter(consumer: Consumer): void {
    const group = this.#groupOf(consumer);
    group.lane.enter(consumer);
    for (const [index, walk] of this.#walks.entries()) walk.able(group.members[index] as Member);
  }

  cameBack(view: View, from: number): void {
    this.#walks[this.#subscription.views.indexOf(view)]?.cameBack(from);
  }

  /** Delivers within the budget, logs of higher priority first; true if there is more to do. */
  pump(budget: Budget): boolean {
    for (const walk of this.#walks) {
      for (;;) {
        if (budget.messages <= 0 || budget.bytes <= 0) return true;
        const step = this.#step(walk, budget);
        if (step === 'parked') return false;
        if (step === 'ended') break;
      }
    }
    return false;
  }

  /** Looks at one message. */
  #step(walk: Walk, budget: Budget): Step {
    const { view } = walk;
    const entry = this.#entry;
    const offset = walk.offset;
    walk.join(offset);
    if (walk.stepping.size === 0) return walk.turnBack() ? 'moved' : 'ended';
    const { cursor, returned } = view;
    const wasSkipped = offset < cursor.offset;
    const state = wasSkipped ? view.readSkipped(offset, entry) : cursor.read(entry);
    if (state === END) {
      if (wasSkipped) return 'moved';
      return walk.turnBack() ? 'moved' : 'ended';
    }
    if (state !== READY) {
      this.#subscription.park(view, offset);
      return 'parked';
    }
    budget.messages--;
    entry.look++;
    const found = entry.offset;
    if (!this.#subscription.judge(view, wasSkipped)) {
      walk.passed(found);
      return 'moved';
    }
    const consumer = this.#taker(walk, entry);
    if (consumer !== null) {
      budget.bytes -= entry.share;
      this.#subscription.hand(consumer, view, wasSkipped);
    } else if (!wasSkipped) {
      if (returned.ranges >= this.#subscription.environment.limits.skippedRangesMax) {
        return walk.turnBack() ? 'moved' : 'ended';
      }
      returned.add(found, found + 1);
      cursor.advance();
    }
    walk.passed(found);
    return 'moved';
  }

  /** Who gets it: of the first group, in turn, that wants it. Groups of which nobody can take it leave the walk. */
  #taker(walk: Walk, entry: Entry): Consumer | null {
    const candidates = this.#candidates;
    walk.stepping.candidates(entry, candidates);
    for (const member of candidates) {
      const { filter, lane } = member.group;
      if (filter !== null && !filter.matches(entry)) continue;
      const consumer = this.#subscription.nextIn(lane);
      if (consumer === null) {
        this.#leave(member.group);
        continue;
      }
      if (lane.size > 1) lane.step();
      walk.stepping.took(member);
      return consumer;
    }
    return null;
  }

  /** None of its consumers can take one more. */
  #leave(group: FilterGroup): void {
    for (const [index, walk] of this.#walks.entries()) walk.unable(group.members[index] as Member);
  }

  #groupOf(consumer: Consumer): FilterGroup {
    return this.#groups.get(consumer.filter?.text ?? null) as FilterGroup;
  }
}
