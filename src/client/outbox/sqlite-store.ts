/**
 * `sqliteStore(file)`: outbox, inbox and sagas in a file beside the service, by Node's own `node:sqlite`.
 *
 *     await using store = await sqliteStore('orders.db');
 *     await using store = await sqliteStore(database);       // the service's own handle
 *
 * With the service's own handle its statements and the store's can be one transaction: `within`. Several processes of
 * one machine may share a file.
 */
import type { DatabaseSync } from 'node:sqlite';
import { SqliteDatabase } from './sqlite-database.ts';
import { SqliteMarks } from './sqlite-marks.ts';
import { SqliteMessages } from './sqlite-messages.ts';
import { SqliteSagas } from './sqlite-sagas.ts';
import type { Store } from './store.ts';

class SqliteStore implements Store<DatabaseSync> {
  readonly messages: SqliteMessages<DatabaseSync>;
  readonly marks: SqliteMarks<DatabaseSync>;
  readonly sagas: SqliteSagas<DatabaseSync>;
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
    this.messages = new SqliteMessages(database);
    this.marks = new SqliteMarks(database);
    this.sagas = new SqliteSagas(database);
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Opens a store in that file, or in the database of that handle, and makes its tables if they are missing. */
export async function sqliteStore(database: string | DatabaseSync): Promise<Store<DatabaseSync>> {
  return new SqliteStore(await SqliteDatabase.open(database));
}
