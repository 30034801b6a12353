/**
 * The inbox's marks in SQLite: one small row for each message that a group has handled.
 */
import { type SqliteDatabase, type Statements, synchronous } from './sqlite-database.ts';
import type { MarkTable, Once, Within } from './store.ts';

function isMarked(statements: Statements, scope: string, id: string): boolean {
  return statements.get('SELECT 1 FROM dragoman_mark WHERE scope = ? AND id = ?').get(scope, id) !== undefined;
}

function mark(statements: Statements, scope: string, id: string, at: number): void {
  statements
    .get('INSERT INTO dragoman_mark (scope, id, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING')
    .run(scope, id, at);
}

export class SqliteMarks<Handle> implements MarkTable<Handle> {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  has(scope: string, id: string): Promise<boolean> {
    return this.#database.write((statements) => isMarked(statements, scope, id));
  }

  async add(scope: string, id: string, at: number): Promise<void> {
    await this.#database.write((statements) => mark(statements, scope, id, at));
  }

  async once<Result>(scope: string, id: string, at: number, within: Within<Handle, Result>): Promise<Once<Result>> {
    let wasSeen = false;
    const result = await this.#database.within((statements) => {
      wasSeen = isMarked(statements, scope, id);
      if (wasSeen) return undefined;
      const answer = synchronous(within(statements.handle as Handle));
      mark(statements, scope, id, at);
      return answer;
    });
    return wasSeen ? { seen: true } : { seen: false, result: result as Result };
  }

  sweep(scope: string, before: number, countMax: number, limit: number): Promise<number> {
    return this.#database.write((statements) => {
      // Numbers only grow, so those of the newest `countMax` rows lie above this one.
      const { changes } = statements
        .get(`DELETE FROM dragoman_mark WHERE seq IN (SELECT seq FROM dragoman_mark WHERE scope = ?1
            AND (at < ?2 OR seq <= (SELECT seq FROM dragoman_mark WHERE scope = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?3))
          ORDER BY seq LIMIT ?4)`)
        .run(scope, before, countMax, limit);
      return Number(changes);
    });
  }
}
