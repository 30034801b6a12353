/**
 * Responses: what commands are answered with, each not before what it did is durable.
 *
 *     [ group 7: 12, 13, 14 | group 8: 15 ]      by number of group; what changed nothing is answered at once
 *
 * A response names its command, so one that waits holds up no other. They are written at the end of the turn in which
 * their group was committed. Too many that wait, and the connection is not read.
 */
import type { CommitWaiter, GroupNumber, Store } from '../../core/ports.ts';
import { openwireLimits } from './limits.ts';

export interface Answering {
  readonly store: Store;
  /** Writes the response to command `commandId`. */
  answer(commandId: number): void;
  touch(): void;
  /** Whether it is to be read, for what concerns its answers. */
  overfull(isFull: boolean): void;
}

export class Responses implements CommitWaiter {
  readonly #connection: Answering;
  #commands: number[] = [];
  #groups: GroupNumber[] = [];
  #head = 0;
  #awaited: GroupNumber = 0;
  #isFull = false;
  #hasEnded = false;

  constructor(connection: Answering) {
    this.#connection = connection;
  }

  /** `group` 0: there is nothing to wait for. */
  add(commandId: number, group: GroupNumber): void {
    const { store } = this.#connection;
    if (group <= store.committed) {
      this.#connection.answer(commandId);
      return;
    }
    this.#commands.push(commandId);
    this.#groups.push(group);
    if (group > this.#awaited) {
      this.#awaited = group;
      store.whenCommitted(group, this);
    }
    if (this.#isFull || this.#commands.length - this.#head < openwireLimits.answersMax) return;
    this.#isFull = true;
    this.#connection.overfull(true);
  }

  committed(): void {
    if (!this.#hasEnded) this.#connection.touch();
  }

  /** The end of a turn: writes what may be said. */
  write(): void {
    const { committed } = this.#connection.store;
    while (this.#head < this.#commands.length && (this.#groups[this.#head] as GroupNumber) <= committed) {
      this.#connection.answer(this.#commands[this.#head++] as number);
    }
    if (this.#head < this.#commands.length) return;
    this.#commands.length = 0;
    this.#groups.length = 0;
    this.#head = 0;
    if (!this.#isFull) return;
    this.#isFull = false;
    this.#connection.overfull(false);
  }

  end(): void {
    this.#hasEnded = true;
    this.#commands.length = 0;
    this.#groups.length = 0;
    this.#head = 0;
  }
}
