/**
 * One SQLite database for the store's tables: statements, transactions, and other people's locks.
 *
 *     write(…) ─┐
 *     write(…) ─┼─► one BEGIN IMMEDIATE … COMMIT a turn of the event loop ──► all resolve
 *     write(…) ─┘         └─ one throws: rolled back, and each is done again alone
 *     within(…) ──► a transaction of its own on the user's handle
 *
 * SQLite makes a commit durable with one sync of the file, so what many ask for at once shares it. A database that is
 * locked by another process is asked again after a pause instead of waited for, because waiting would stop this
 * process.
 *
 * With the user's own handle the store opens a connection beside it on the same file, so that its own work never gets
 * into a transaction that the user has open. A database in memory has one connection, which both share.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClientError, ClosedError } from '../errors.ts';
import { SCHEMA } from './sqlite-schema.ts';

const WRITES_MAX = 512;
const BUSY_PAUSE_MS = 2;
const BUSY_PAUSE_MS_MAX = 50;
const BUSY_MS_MAX = 10_000;
const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;

/** Prepared statements of one connection. */
export class Statements {
  readonly handle: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(handle: DatabaseSync) {
    this.handle = handle;
  }

  /** Prepared once; the texts are constants of the tables. */
  get(sql: string): StatementSync {
    let statement = this.#prepared.get(sql);
    if (statement === undefined) {
      statement = this.handle.prepare(sql);
      this.#prepared.set(sql, statement);
    }
    return statement;
  }
}

interface Write {
  readonly run: (statements: Statements) => unknown;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

function isBusy(error: unknown): boolean {
  const code = (error as { errcode?: unknown }).errcode;
  // The low byte is the kind, the others say more exactly which.
  return typeof code === 'number' && ((code & 0xff) === SQLITE_BUSY || (code & 0xff) === SQLITE_LOCKED);
}

/** Rolls back what is left of a transaction; SQLite does it by itself after some errors. */
function rollBack(handle: DatabaseSync): void {
  if (handle.isTransaction) handle.exec('ROLLBACK');
}

/** What the user's function answered; a transaction of SQLite must not stay open until a promise settles. */
export function synchronous<Result>(answer: Result): Result {
  if (typeof (answer as { then?: unknown } | undefined | null)?.then !== 'function') return answer;
  // Its fate is of no interest any more, and must not be an unhandled rejection.
  (answer as unknown as Promise<unknown>).then(undefined, () => {});
  throw new ClientError('what runs within a transaction of SQLite must not be asynchronous');
}

export class SqliteDatabase {
  readonly #own: Statements;
  readonly #users: Statements;
  readonly #closeOwn: boolean;
  #queue: Write[] = [];
  #flushing: Promise<void> | undefined;
  #isClosed = false;

  private constructor(own: DatabaseSync, users: DatabaseSync, closeOwn: boolean) {
    this.#own = new Statements(own);
    this.#users = own === users ? this.#own : new Statements(users);
    this.#closeOwn = closeOwn;
  }

  /** Opens a file, or a connection beside the user's, and makes the tables. */
  static async open(database: string | DatabaseSync): Promise<SqliteDatabase> {
    // Loaded late: who keeps no state in SQLite pays nothing for it.
    const { DatabaseSync } = await import('node:sqlite');
    const given = typeof database === 'string' ? undefined : database;
    const path = typeof database === 'string' ? database : database.location();
    const own = path === null ? (database as DatabaseSync) : new DatabaseSync(path, { timeout: 0 });
    const opened = new SqliteDatabase(own, given ?? own, own !== given);
    try {
      // A handle of the user keeps the mode he chose for his file.
      if (given === undefined) await opened.#unlessBusy(() => own.exec('PRAGMA journal_mode = WAL'));
      if (own !== given) own.exec('PRAGMA synchronous = FULL');
      await opened.write(({ handle }) => handle.exec(SCHEMA));
      return opened;
    } catch (error) {
      await opened.close();
      throw error;
    }
  }

  /** Resolves when the transaction with these statements is committed. They may be run again if it fails. */
  write<Result>(run: (statements: Statements) => Result): Promise<Result> {
    if (this.#isClosed) return Promise.reject(new ClosedError('the store is closed'));
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.#queue.push({ run, resolve: resolve as (result: never) => void, reject });
    this.#flushing ??= this.#flush();
    return promise;
  }

  async #flush(): Promise<void> {
    // What else this turn of the event loop asks for comes along.
    await new Promise(setImmediate);
    while (this.#queue.length > 0) {
      const writes = this.#queue.slice(0, WRITES_MAX);
      this.#queue = this.#queue.slice(WRITES_MAX);
      await this.#commit(writes);
    }
    this.#flushing = undefined;
  }

  async #commit(writes: readonly Write[]): Promise<void> {
    try {
      const results = await this.#transaction(this.#own, () => writes.map(({ run }) => run(this.#own)));
      for (const [index, { resolve }] of writes.entries()) resolve(results[index] as never);
    } catch (error) {
      if (writes.length > 1) for (const write of writes) await this.#commit([write]);
      else writes[0]?.reject(error);
    }
  }

  /** The same, alone, on the handle that the user sees, once. */
  async within<Result>(run: (statements: Statements) => Result): Promise<Result> {
    if (this.#isClosed) throw new ClosedError('the store is closed');
    return this.#transaction(this.#users, () => run(this.#users));
  }

  async #transaction<Result>({ handle }: Statements, work: () => Result): Promise<Result> {
    return this.#unlessBusy(
      () => {
        if (handle.isTransaction) throw Object.assign(new Error('a transaction is open'), { errcode: SQLITE_BUSY });
        handle.exec('BEGIN IMMEDIATE');
      },
      () => {
        try {
          const result = work();
          handle.exec('COMMIT');
          return result;
        } catch (error) {
          rollBack(handle);
          throw error;
        }
      },
    );
  }

  /** Does the first again while the database is locked; the second follows it at once. */
  async #unlessBusy<Result>(first: () => void, then: () => Result = () => undefined as Result): Promise<Result> {
    const endsAt = performance.now() + BUSY_MS_MAX;
    for (let pauseMs = BUSY_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, BUSY_PAUSE_MS_MAX)) {
      try {
        first();
        break;
      } catch (error) {
        if (!isBusy(error)) throw error;
        if (performance.now() > endsAt) throw new ClientError('the database stays locked', { cause: error });
      }
      await sleep(pauseMs);
    }
    return then();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#flushing;
    if (this.#closeOwn) this.#own.handle.close();
  }
}
