/**
 * World: one broker under random use, beside a Model that says what must happen. Every delivery is checked when it
 * happens; everything else is compared when all is quiet, and after every crash.
 *
 *   act ──▶ Broker ──▶ Store fixture          a step is one random act, one turn, one piece of I/O, or a crash
 *    └────▶ Model  ◀── compare
 */
import assert from 'node:assert/strict';
import { Session } from './session.ts';
import { Traffic } from './traffic.ts';

export class World extends Traffic {
  // ── Life ──

  async start(): Promise<void> {
    const opened = await this.fixture.open({
      wake: () => {
        this.asked = true;
      },
    });
    this.restore(opened);
    this.broker.declareNamespace('/');
    this.namespace = this.broker.namespace('/');
    this.sessions = [];
    this.told = 0;
    for (let i = 0; i < 3; i++) this.sessions.push(new Session(this));
  }

  async crash(): Promise<void> {
    this.counts.crashes++;
    const last = this.broker.store.filling;
    const { told } = this;
    await this.fixture.crash();
    await this.start();
    let problem: unknown;
    for (let group = last; group >= told; group--) {
      const expected = this.model.survivors(group);
      try {
        await this.compareStructure(expected);
        for (const queue of expected.queues.values()) await this.compareQueue(queue);
        this.model.restart(expected);
        return;
      } catch (error) {
        problem ??= error;
        if (!(error instanceof assert.AssertionError)) throw error;
      }
    }
    throw new Error(`after the crash no group from ${told} to ${last} explains what is there`, { cause: problem });
  }

  /** Lets everything come to rest, then compares all there is to compare. */
  async rest(): Promise<void> {
    for (const session of this.sessions) this.drain(session);
    for (let round = 0; ; round++) {
      assert.ok(round < 10_000, 'it never comes to rest');
      const worked = await this.fixture.progress(true);
      if (!this.asked && !worked) break;
      this.turn();
      this.delayedPlaced();
    }
    await this.compareStructure(this.model.state);
    for (const queue of this.model.state.queues.values()) {
      await this.compareQueue(queue);
      this.checkNotStuck(queue);
    }
    const held = [...this.model.state.holds.values()].flat().length;
    assert.equal(this.namespace.prepared.held, held, 'messages of undecided transactions');
    await this.compareReplica();
    this.counts.compared++;
  }

  // ── A step ──

  async step(): Promise<void> {
    const { random } = this;
    const roll = random.below(100);
    if (roll < 30) this.publish();
    else if (roll < 45) {
      this.turn();
      this.delayedPlaced();
    } else if (roll < 55) await this.fixture.progress(false);
    else if (roll < 72) this.settle();
    else if (roll < 77) this.consume();
    else if (roll < 81) this.get();
    else if (roll < 83) this.cancel();
    else if (roll < 87) this.declareOne();
    else if (roll < 91) this.bind();
    else if (roll < 92) this.unbind();
    else if (roll < 93) this.remove();
    else if (roll < 95) this.decideIntents();
    else if (roll < 97) this.prepared();
    else this.rare(random.below(100));
    if (random.once(3)) this.broker.eventOver();
    if (random.once(400)) await this.crash();
    else if (random.once(150)) await this.rest();
  }

  private rare(roll: number): void {
    if (roll < 25) this.clock.now += 1 + this.random.below(50);
    else if (roll < 50) this.toggleSink();
    else if (roll < 65) this.purge();
    else if (roll < 80) this.endSession();
    else this.session.ledger.setLimit(this.random.below(6));
  }
}
