/**
 * Transaction, session-held: intents kept in memory until the session decides, gone if it dies first.
 *
 * Committing writes all of them to the store in one go. Everything written between two flushes is one commit group, and
 * nothing here yields in between, so the intents become durable together or not at all. Payloads are copied when
 * they are intended, because a Message is valid during its call only; bytes and number are bounded.
 *
 * Routes are found when the message is published; what was deleted until the commit is left out then. Deliveries that
 * are to be settled stay in their ledger, marked: nobody else settles them, and a rollback finds them as they were.
 */
import { CoreError } from './errors.ts';
import type { GroupNumber } from './ids.ts';
import type { Ledger, Verdict } from './ledger.ts';
import type { Message } from './message.ts';
import type { Route } from './route.ts';
import type { Environment } from './turn.ts';

/** A message with bytes of its own. */
export class HeldMessage implements Message {
  readonly format: number;
  readonly persistent: boolean;
  readonly priority: number;
  readonly timestamp: number;
  readonly expiresAt: number;
  readonly count: number;
  readonly length: number;
  private readonly bytes: Uint8Array;

  constructor(message: Message) {
    this.format = message.format;
    this.persistent = message.persistent;
    this.priority = message.priority;
    this.timestamp = message.timestamp;
    this.expiresAt = message.expiresAt;
    this.count = message.count;
    this.length = message.length;
    this.bytes = new Uint8Array(message.length);
    message.write(this.bytes, 0);
  }

  write(target: Uint8Array, at: number): void {
    target.set(this.bytes, at);
  }
}

interface SettleIntent {
  readonly ledger: Ledger;
  readonly verdict: Verdict;
  readonly tags: readonly number[];
}

export class Transaction {
  private readonly environment: Environment;
  private publishes: { readonly route: Route; readonly message: HeldMessage }[] = [];
  private settles: SettleIntent[] = [];
  private intents = 0;
  private bytes = 0;

  constructor(environment: Environment) {
    this.environment = environment;
  }

  get size(): number {
    return this.intents;
  }

  publish(route: Route, message: Message): void {
    const { transactionBytesMax, entryBytesMax } = this.environment.limits;
    if (message.length > entryBytesMax) throw exceeds('entryBytesMax', message.length, entryBytesMax);
    if (this.bytes + message.length > transactionBytesMax) {
      throw exceeds('transactionBytesMax', this.bytes + message.length, transactionBytesMax);
    }
    this.count(1);
    this.bytes += message.length;
    this.publishes.push({ route, message: new HeldMessage(message) });
  }

  /** As `ledger.end` or, with `through`, `ledger.endThrough`, but at commit. False if `tag` is not held. */
  settle(ledger: Ledger, tag: number, through: boolean, verdict: Verdict): boolean {
    const tags: number[] = [];
    if (!ledger.intend(tag, through, tags)) return false;
    this.settles.push({ ledger, verdict, tags });
    this.count(tags.length);
    return true;
  }

  /** As `ledger.endBetween`, but at commit. */
  settleBetween(ledger: Ledger, first: number, last: number, verdict: Verdict): void {
    const tags: number[] = [];
    ledger.intendBetween(first, last, tags);
    this.settles.push({ ledger, verdict, tags });
    this.count(tags.length);
  }

  /** The group to wait for, or 0 if the transaction was empty. It can be used again. */
  commit(): GroupNumber {
    if (this.intents === 0) return 0;
    const { publishes, settles } = this;
    this.clear();
    for (const { route, message } of publishes) route.living().publish(message);
    for (const { ledger, verdict, tags } of settles) for (const tag of tags) ledger.decide(tag, verdict);
    this.environment.turns.wake();
    return this.environment.store.filling;
  }

  rollback(): void {
    const { settles } = this;
    this.clear();
    for (const { ledger, tags } of settles) for (const tag of tags) ledger.decide(tag, null);
  }

  private count(intents: number): void {
    const { transactionIntentsMax } = this.environment.limits;
    if (this.intents + intents > transactionIntentsMax) {
      throw exceeds('transactionIntentsMax', this.intents + intents, transactionIntentsMax);
    }
    this.intents += intents;
  }

  private clear(): void {
    this.publishes = [];
    this.settles = [];
    this.intents = 0;
    this.bytes = 0;
  }
}

function exceeds(argument: string, received: number, current: number): CoreError {
  return new CoreError('LIMIT', { reason: 'limit', kind: 'transaction', argument, received, current });
}
