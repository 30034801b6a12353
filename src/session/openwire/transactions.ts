/**
 * Transactions: the local transactions of a connection, by their id. What is sent and acknowledged in one takes
 * effect together, in one commit group, or not at all; with the connection it is rolled back.
 */
import type { Broker } from '../../core/broker.ts';
import type { GroupNumber } from '../../core/ports.ts';
import type { Transaction } from '../../core/transaction.ts';
import type { Structure, StructureOf } from '../../wire/openwire/structures.ts';
import { JMS_EXCEPTION, JmsError } from './exceptions.ts';
import { openwireLimits } from './limits.ts';

const ROLLED_BACK = 'javax.jms.TransactionRolledBackException';

const BEGIN = 0;
const PREPARE = 1;
const COMMIT_ONE_PHASE = 2;
const COMMIT_TWO_PHASE = 3;
const ROLLBACK = 4;
const RECOVER = 5;
const FORGET = 6;
const END = 7;

/** What a transaction has touched, to be told when it is decided. */
export interface Touched {
  decided(): void;
}

class Open {
  readonly transaction: Transaction;
  readonly touched = new Set<Touched>();
  /** Something in it was refused: it can't be committed any more. */
  refusal: string | null = null;

  constructor(transaction: Transaction) {
    this.transaction = transaction;
  }
}

export class Transactions {
  readonly #broker: Broker;
  readonly #open = new Map<string, Open>();

  constructor(broker: Broker) {
    this.#broker = broker;
  }

  /** The group to wait for; 0 if there is none. */
  perform({ transactionId, operation }: StructureOf<'TransactionInfo'>): GroupNumber {
    const id = idOf(transactionId);
    switch (operation) {
      case BEGIN:
        this.#begin(id);
        return 0;
      case COMMIT_ONE_PHASE:
        return this.#commit(id);
      case ROLLBACK:
        this.#end(id, (transaction) => transaction.rollback());
        return 0;
      case END:
        return 0;
      case PREPARE:
      case COMMIT_TWO_PHASE:
      case RECOVER:
      case FORGET:
        throw new JmsError(JMS_EXCEPTION, 'XA transactions are not supported');
      default:
        throw new JmsError(JMS_EXCEPTION, `Unknown transaction operation ${operation}`);
    }
  }

  /** Null outside of any. */
  of(id: Structure | null): Transaction | null {
    return id === null ? null : this.#find(idOf(id)).transaction;
  }

  touch(id: Structure | null, touched: Touched): void {
    if (id !== null) this.#find(idOf(id)).touched.add(touched);
  }

  rollbackAll(): void {
    for (const id of [...this.#open.keys()]) this.#end(id, (transaction) => transaction.rollback());
  }

  /** Something in it was refused, of which its client may not hear before it commits. */
  refused(id: Structure | null, why: string): void {
    const open = id === null ? undefined : this.#open.get(idOf(id));
    if (open !== undefined) open.refusal ??= why;
  }

  #commit(id: string): GroupNumber {
    const { refusal } = this.#find(id);
    if (refusal === null) return this.#end(id, (transaction) => transaction.commit());
    this.#end(id, (transaction) => transaction.rollback());
    throw new JmsError(ROLLED_BACK, `Transaction '${id}' was rolled back: ${refusal}`);
  }

  #begin(id: string): void {
    if (this.#open.has(id)) return;
    if (this.#open.size >= openwireLimits.transactionsMax) {
      throw new JmsError(JMS_EXCEPTION, `More than ${openwireLimits.transactionsMax} transactions of one connection`);
    }
    this.#open.set(id, new Open(this.#broker.transaction()));
  }

  #end<T>(id: string, decide: (transaction: Transaction) => T): T {
    const open = this.#find(id);
    this.#open.delete(id);
    const result = decide(open.transaction);
    for (const touched of open.touched) touched.decided();
    return result;
  }

  #find(id: string): Open {
    const open = this.#open.get(id);
    if (open === undefined) throw new JmsError(JMS_EXCEPTION, `Transaction '${id}' has not been started.`);
    return open;
  }
}

function idOf(id: Structure | null): string {
  if (id?.type === 'LocalTransactionId') return `TX:${id.connectionId?.value}:${id.value}`;
  throw new JmsError(JMS_EXCEPTION, 'XA transactions are not supported');
}
