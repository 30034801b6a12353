/**
 * Checks: who can be asked what became of a transaction (check-back).
 *
 * Sessions that have producers of a group connected put themselves in. One of them is asked, in turn, so that a
 * producer that is stuck is not asked for ever; being asked is no answer, that comes as a decision, or not at all.
 */
import type { Hold } from './hold-table.ts';
import type { Entry } from './message.ts';
import type { Environment } from './turn.ts';

/** A producer of a group, or a session that has some. */
export interface Checker {
  /**
   * Asks a producer of `group`; false if there is none. `entry` is the transaction's first message, valid during the
   * call. Must not decide within the call.
   */
  ask(group: string, hold: Hold, entry: Entry): boolean;
}

export class Checks {
  private readonly environment: Environment;
  private readonly checkers: Checker[] = [];
  private turn = 0;

  constructor(environment: Environment) {
    this.environment = environment;
  }

  add(checker: Checker): void {
    this.checkers.push(checker);
    this.environment.turns.wake();
  }

  remove(checker: Checker): void {
    const index = this.checkers.indexOf(checker);
    if (index >= 0) this.checkers.splice(index, 1);
  }

  /** False if nobody could be asked. */
  ask(group: string, hold: Hold, entry: Entry): boolean {
    const { checkers } = this;
    for (let tries = 0; tries < checkers.length; tries++) {
      this.turn = (this.turn + 1) % checkers.length;
      if ((checkers[this.turn] as Checker).ask(group, hold, entry)) return true;
    }
    return false;
  }
}
