/**
 * A sharing against a model, by random calls: publishing, receiving, settling with good, stale and earlier receipts,
 * changing times, time passing, cold bytes, other readers of the group, and restarts that lose what was not committed.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KeptLog } from '../../src/core/kept-log.ts';
import type { Sharing } from '../../src/core/sharing.ts';
import { Receipt } from '../../src/core/sharing-reader.ts';
import { Random } from '../simulation/random.ts';
import { Kit } from './kit.ts';
import { fill, type Given, receive, topicOf } from './sharing-kit.ts';
import { SharingModel } from './sharing-model.ts';

const LOGS = 3;
const STEPS = 600;
const SEEDS = 40;
const INVISIBLE_MS = 100;

class Run {
  kit = new Kit();
  sharing: Sharing;
  readonly model = new SharingModel(LOGS);
  readonly #random: Random;
  /** Receipts of this life, and how often their message was given when they were. */
  receipts: Given[] = [];
  earlier: Given[] = [];
  readonly inOrder: boolean;
  /** Some bytes have to be loaded first. */
  isCold = false;

  constructor(seed: number) {
    this.#random = new Random(seed);
    this.inOrder = seed % 3 === 0;
    this.sharing = this.open();
    this.kit.settle();
    this.model.commit();
  }

  random(below: number): number {
    return this.#random.below(below);
  }

  open(): Sharing {
    return this.kit.namespace.sharings.open('g', topicOf(this.kit, LOGS), 'start');
  }

  step(): void {
    const which = this.random(100);
    if (which < 25) this.publish();
    else if (which < 50) this.receive();
    else if (which < 75) this.settle();
    else if (which < 82) this.change();
    else if (which < 92) this.pass();
    else if (which < 94) this.move();
    else if (which < 96) this.restart();
    else if (which < 98) this.putAway();
    else this.commit();
  }

  publish(): void {
    const log = this.random(LOGS);
    const count = 1 + this.random(4);
    for (let i = 0; i < count; i++) {
      fill(this.kit, log, `${log}:${this.model.logs[log]?.length}`);
      this.model.publish(log);
    }
    this.committed();
  }

  receive(): void {
    const { model, inOrder } = this;
    const { now } = this.kit.clock;
    const messagesMax = 1 + this.random(6);
    const busy = Array.from({ length: LOGS }, (_, log) => inOrder && model.isBusy(log, now));
    const given = receive(this.sharing, { messagesMax, invisibleMs: INVISIBLE_MS, inOrder });
    for (const one of given) {
      const { log, receipt } = one;
      assert.equal(busy[log], false, 'in order, and something was out');
      assert.equal(receipt.offset, model.next(log, now), 'the first of its log that can be given');
      assert.equal(one.text, `${log}:${receipt.offset}`);
      const message = model.at(log, receipt.offset);
      message.attempts++;
      message.deadline = now + INVISIBLE_MS;
      assert.equal(receipt.attempts, message.attempts);
      this.receipts.push(one);
    }
    if (this.isCold) {
      this.isCold = false;
      this.commit();
      this.kit.store.isCold = () => false;
    } else if (given.length < messagesMax) {
      for (let log = 0; log < LOGS; log++) {
        if (!(inOrder && busy[log])) assert.equal(model.next(log, now), -1, 'nothing is left over');
      }
    }
  }

  /** Whether this receipt is of the last giving. */
  isLast({ log, receipt }: Given): boolean {
    const newest = this.receipts.findLast((other) => other.log === log && other.receipt.offset === receipt.offset);
    const message = this.model.at(log, receipt.offset);
    return (
      newest?.receipt.nonce === receipt.nonce && message.attempts === receipt.attempts && message.deadline !== null
    );
  }

  settle(): void {
    const isEarlier = this.earlier.length > 0 && this.random(4) === 0;
    const list = isEarlier ? this.earlier : this.receipts;
    const one = list[this.random(Math.max(1, list.length))];
    if (one === undefined) return;
    const message = this.model.at(one.log, one.receipt.offset);
    if (isEarlier) {
      const wasGiven = this.receipts.some(
        ({ log, receipt }) => log === one.log && receipt.offset === one.receipt.offset,
      );
      const receipt = Object.assign(new Receipt(), one.receipt, { slot: -1, nonce: 0 });
      const isExpected = message.settled || !wasGiven;
      assert.equal(this.sharing.settle(receipt), isExpected, 'a receipt of an earlier life');
      if (isExpected) message.settled = true;
      return;
    }
    const isExpected = message.settled || this.isLast(one);
    assert.equal(this.sharing.settle(one.receipt), isExpected, 'a receipt of this life');
    if (isExpected) message.settled = true;
  }

  change(): void {
    const one = this.receipts[this.random(Math.max(1, this.receipts.length))];
    if (one === undefined) return;
    const message = this.model.at(one.log, one.receipt.offset);
    const isExpected = !message.settled && this.isLast(one);
    const invisibleMs = 1 + this.random(3 * INVISIBLE_MS);
    assert.equal(this.sharing.change(one.receipt, invisibleMs), isExpected);
    if (isExpected) message.deadline = this.kit.clock.now + invisibleMs;
  }

  pass(): void {
    this.kit.clock.now += this.random(INVISIBLE_MS);
    this.commit();
  }

  move(): void {
    const log = this.random(LOGS);
    const kept = topicOf(this.kit, LOGS).logs[log] as KeptLog;
    const offset = this.random(kept.log.end + 1);
    this.kit.namespace.groups.commit('g', kept.log.id, offset, '');
    this.model.move(log, offset);
    this.receipts = this.receipts.filter((one) => one.log !== log);
    this.earlier = this.earlier.filter((one) => one.log !== log);
    this.commit();
  }

  putAway(): void {
    this.commit();
    this.kit.namespace.sharings.rest('g');
    const wasIdle = this.sharing.closed;
    this.sharing = this.open();
    assert.equal(this.sharing.closed, false);
    if (wasIdle) this.commit();
  }

  commit(): void {
    this.kit.settle();
    this.committed();
    for (let log = 0; log < LOGS; log++) {
      const { id } = (topicOf(this.kit, LOGS).logs[log] as KeptLog).log;
      assert.equal(
        this.kit.namespace.groups.byName.get('g')?.positions.get(id)?.offset,
        this.model.floor(log),
        'position',
      );
    }
  }

  committed(): void {
    this.model.commit();
  }

  restart(): void {
    const { now } = this.kit.clock;
    this.kit = this.kit.restart();
    this.kit.clock.now = now;
    this.kit.store.isCold = (_, offset) => offset % 7 === 3;
    this.isCold = true;
    this.model.restart();
    this.sharing = this.open();
    this.kit.settle();
    this.earlier = [...this.earlier, ...this.receipts].filter(({ log, receipt }) => {
      return receipt.offset < (this.model.logs[log]?.length ?? 0);
    });
    this.receipts = [];
    this.committed();
  }

  /** In the end everything is given and settled. */
  drain(): void {
    this.kit.store.isCold = () => false;
    this.kit.clock.now += 10 * INVISIBLE_MS;
    this.kit.settle();
    for (let log = 0; log < LOGS; log++) for (const message of this.model.logs[log] ?? []) message.deadline = null;
    for (;;) {
      const given = receive(this.sharing, { inOrder: this.inOrder });
      if (given.length === 0) break;
      for (const { log, receipt } of given) {
        assert.equal(this.model.at(log, receipt.offset).settled, false, 'settled, and given again');
        assert.equal(this.sharing.settle(receipt), true);
        this.model.at(log, receipt.offset).settled = true;
      }
    }
    this.commit();
    for (const messages of this.model.logs) assert.ok(messages.every(({ settled }) => settled));
    assert.equal(this.sharing.given, 0);
  }
}

for (let seed = 1; seed <= SEEDS; seed++) {
  test(`seed ${seed}`, () => {
    const run = new Run(seed);
    for (let step = 0; step < STEPS; step++) {
      try {
        run.step();
      } catch (error) {
        throw new Error(`step ${step} of seed ${seed}`, { cause: error });
      }
    }
    run.drain();
  });
}
