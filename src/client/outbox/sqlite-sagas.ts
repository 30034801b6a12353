/**
 * Sagas in SQLite: one row each, changed only by who knows its version.
 */
import { type SqliteDatabase, type Statements, synchronous } from './sqlite-database.ts';
import type { SagaRecord, SagaStatus, SagaTable, Within } from './store.ts';

interface Row {
  readonly name: string;
  readonly id: string;
  readonly version: number;
  readonly status: SagaStatus;
  readonly step: number;
  readonly attempts: number;
  readonly state: string;
  readonly started_at: number;
  readonly due: number | null;
  readonly reason: string | null;
  readonly parked_from: SagaStatus | null;
  readonly changed_at: number;
}

function recordOf(row: Row): SagaRecord {
  const { name, id, version, status, step, attempts, state, started_at, due, reason, parked_from, changed_at } = row;
  return {
    name,
    id,
    version,
    status,
    step,
    attempts,
    state,
    startedAt: started_at,
    changedAt: changed_at,
    due: due ?? Number.POSITIVE_INFINITY,
    reason: reason ?? undefined,
    parkedFrom: parked_from ?? undefined,
  };
}

/** What is over or parked is never due. */
function dueOf({ due }: SagaRecord): number | null {
  return Number.isFinite(due) ? due : null;
}

export class SqliteSagas<Handle> implements SagaTable<Handle> {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  add(record: SagaRecord, within?: Within<Handle>): Promise<boolean> {
    const insert = (statements: Statements): boolean => {
      const { changes } = statements
        .get(`INSERT INTO dragoman_saga (name, id, version, status, step, attempts, state, started_at, due, changed_at)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`)
        .run(
          record.name,
          record.id,
          record.version,
          record.status,
          record.step,
          record.attempts,
          record.state,
          record.startedAt,
          dueOf(record),
          record.changedAt,
        );
      return changes === 1;
    };
    if (within === undefined) return this.#database.write(insert);
    return this.#database.within((statements) => {
      if (!insert(statements)) return false;
      synchronous(within(statements.handle as Handle));
      return true;
    });
  }

  claim(name: string, now: number, again: number, limit: number): Promise<SagaRecord[]> {
    return this.#database.write((statements) => {
      const rows = statements
        .get(`UPDATE dragoman_saga SET due = ?3, version = version + 1 WHERE seq IN (
            SELECT seq FROM dragoman_saga WHERE name = ?1 AND due <= ?2 ORDER BY due LIMIT ?4) RETURNING *`)
        .all(name, now, again, limit) as unknown as Row[];
      return rows.map(recordOf);
    });
  }

  save(record: SagaRecord): Promise<boolean> {
    return this.#database.write((statements) => {
      const { changes } = statements
        .get(`UPDATE dragoman_saga SET version = ?3, status = ?4, step = ?5, attempts = ?6, state = ?7, due = ?8,
          reason = ?9, parked_from = ?10, changed_at = ?11 WHERE name = ?1 AND id = ?2 AND version = ?3 - 1`)
        .run(
          record.name,
          record.id,
          record.version,
          record.status,
          record.step,
          record.attempts,
          record.state,
          dueOf(record),
          record.reason ?? null,
          record.parkedFrom ?? null,
          record.changedAt,
        );
      return changes === 1;
    });
  }

  nextDue(name: string): Promise<number | undefined> {
    return this.#database.write((statements) => {
      const sql = 'SELECT min(due) AS value FROM dragoman_saga WHERE name = ? AND due IS NOT NULL';
      return (statements.get(sql).get(name) as { value: number | null }).value ?? undefined;
    });
  }

  get(name: string, id: string): Promise<SagaRecord | undefined> {
    return this.#database.write((statements) => {
      const row = statements.get('SELECT * FROM dragoman_saga WHERE name = ? AND id = ?').get(name, id);
      return row === undefined ? undefined : recordOf(row as unknown as Row);
    });
  }

  list(name: string, limit: number, status?: SagaStatus): Promise<SagaRecord[]> {
    return this.#database.write((statements) => {
      const rows = statements
        .get('SELECT * FROM dragoman_saga WHERE name = ?1 AND (?2 IS NULL OR status = ?2) ORDER BY seq LIMIT ?3')
        .all(name, status ?? null, limit) as unknown as Row[];
      return rows.map(recordOf);
    });
  }

  sweep(name: string, before: number, limit: number): Promise<number> {
    return this.#database.write((statements) => {
      const { changes } = statements
        .get(`DELETE FROM dragoman_saga WHERE seq IN (SELECT seq FROM dragoman_saga
          WHERE name = ?1 AND status IN ('done', 'undone') AND changed_at < ?2 LIMIT ?3)`)
        .run(name, before, limit);
      return Number(changes);
    });
  }
}
