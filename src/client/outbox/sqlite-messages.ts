/**
 * The outbox's messages in SQLite.
 *
 * A message is two columns: `body` as it is, `envelope` with the rest of it as JSON.
 */
import type { Outgoing } from '../message.ts';
import { type SqliteDatabase, type Statements, synchronous } from './sqlite-database.ts';
import { STATE } from './sqlite-schema.ts';
import type {
  DecisionResult,
  HalfMessage,
  HeldMessage,
  HeldState,
  MessageTable,
  StoredMessage,
  Taken,
  Within,
} from './store.ts';

/** A relay reads no further once it has so much; one message may be larger. */
const TAKEN_BYTES_MAX = 4 * 1024 * 1024;
const PROMOTED_MAX = 1_000;
const FORGOTTEN_MAX = 1_000;

const HELD_STATES = Object.entries(STATE) as readonly (readonly [HeldState, number])[];

interface Row {
  readonly id: string;
  readonly envelope: string;
  readonly body: Uint8Array;
  readonly not_before: number;
  readonly stored_at: number;
  readonly checks: number;
  readonly state: number;
  readonly reason: string | null;
}

type Envelope = Omit<Outgoing, 'body'> & { readonly partitions?: number };

function storedMessageOf({ id, envelope, body, not_before, stored_at }: Row): StoredMessage {
  const { partitions, ...message } = JSON.parse(envelope) as Envelope;
  return { id, message: { ...message, body }, partitions, notBefore: not_before, storedAt: stored_at };
}

function halfMessageOf(row: Row): HalfMessage {
  return { ...storedMessageOf(row), checks: row.checks };
}

function heldMessageOf(row: Row): HeldMessage {
  const state = HELD_STATES.find(([, number]) => number === row.state)?.[0] as HeldState;
  return { ...halfMessageOf(row), state, reason: row.reason ?? undefined };
}

function numberIn(row: unknown): number | undefined {
  return (row as { value: number | null } | undefined)?.value ?? undefined;
}

const INSERT = `INSERT INTO dragoman_message (producer, id, state, place, due, not_before, is_decided, envelope, body,
    stored_at)
  VALUES (?1, ?2, ?3, ${placeOf('?3')}, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING`;

/** The next place in line, for what becomes ready. */
function placeOf(state: string): string {
  const next = '(SELECT ifnull(max(place), 0) + 1 FROM dragoman_message WHERE producer = ?1 AND place IS NOT NULL)';
  return `CASE ${state} WHEN ${STATE.ready} THEN ${next} END`;
}

export class SqliteMessages<Handle> implements MessageTable<Handle> {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  add(producer: string, stored: StoredMessage, checkAt?: number, within?: Within<Handle>): Promise<boolean> {
    const insert = (statements: Statements): boolean => {
      const { id, message, partitions, notBefore, storedAt } = stored;
      const { body, ...envelope } = message;
      const decided = notBefore === 0 ? STATE.ready : STATE.waiting;
      const { changes } = statements
        .get(INSERT)
        .run(
          producer,
          id,
          checkAt === undefined ? decided : STATE.half,
          checkAt ?? notBefore,
          notBefore,
          checkAt === undefined ? 1 : 0,
          JSON.stringify({ ...envelope, partitions }),
          body,
          storedAt,
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

  decide(producer: string, id: string, verdict: 'commit' | 'rollback', rememberUntil = 0): Promise<DecisionResult> {
    return this.#database.write((statements) => {
      const found = statements
        .get('SELECT state, is_decided, not_before FROM dragoman_message WHERE producer = ? AND id = ?')
        .get(producer, id) as { state: number; is_decided: number; not_before: number } | undefined;
      if (found === undefined) return 'nothing';
      const isCommit = verdict === 'commit';
      if (found.state === STATE.rolledBack) return isCommit ? 'opposite' : 'done';
      const isRefused = found.state === STATE.parked && found.is_decided === 1;
      if (found.is_decided === 1 && (isCommit || !isRefused)) return isCommit ? 'done' : 'opposite';
      if (isCommit) {
        const state = found.not_before === 0 ? STATE.ready : STATE.waiting;
        statements
          .get(`UPDATE dragoman_message SET state = ?3, is_decided = 1, due = not_before, reason = NULL,
            place = ${placeOf('?3')} WHERE producer = ?1 AND id = ?2`)
          .run(producer, id, state);
      } else if (rememberUntil > 0 && !isRefused) {
        statements
          .get(`UPDATE dragoman_message SET state = ${STATE.rolledBack}, due = ?3, body = x'', envelope = '{}'
            WHERE producer = ?1 AND id = ?2`)
          .run(producer, id, rememberUntil);
      } else {
        statements.get('DELETE FROM dragoman_message WHERE producer = ? AND id = ?').run(producer, id);
      }
      return 'done';
    });
  }

  claimHalves(producer: string, now: number, again: number, checksMax: number, limit: number): Promise<HalfMessage[]> {
    return this.#database.write((statements) => {
      const rows = statements
        .get(`SELECT * FROM dragoman_message WHERE producer = ? AND state = ${STATE.half} AND due <= ?
          ORDER BY due LIMIT ?`)
        .all(producer, now, limit) as unknown as Row[];
      const claimed: HalfMessage[] = [];
      for (const row of rows) {
        if (row.checks >= checksMax) {
          park(statements, producer, row.id, `undecided after ${row.checks} checks`);
          continue;
        }
        statements
          .get('UPDATE dragoman_message SET due = ?3, checks = checks + 1 WHERE producer = ?1 AND id = ?2')
          .run(producer, row.id, again);
        claimed.push({ ...halfMessageOf(row), checks: row.checks + 1 });
      }
      return claimed;
    });
  }

  async postpone(producer: string, id: string, until: number): Promise<void> {
    await this.#database.write((statements) =>
      statements
        .get(`UPDATE dragoman_message SET due = ?3, checks = checks - 1
          WHERE producer = ?1 AND id = ?2 AND state = ${STATE.half}`)
        .run(producer, id, until),
    );
  }

  nextCheck(producer: string): Promise<number | undefined> {
    return this.#database.write((statements) => nextDue(statements, producer, STATE.half));
  }

  take(producer: string, owner: string, now: number, leaseUntil: number, limit: number): Promise<Taken> {
    return this.#database.write((statements) => {
      const lease = statements
        .get(`INSERT INTO dragoman_lease (producer, owner, until) VALUES (?1, ?2, ?4)
          ON CONFLICT DO UPDATE SET owner = ?2, until = ?4 WHERE owner = ?2 OR until <= ?3`)
        .run(producer, owner, now, leaseUntil);
      if (lease.changes === 0) {
        const until = statements.get('SELECT until AS value FROM dragoman_lease WHERE producer = ?').get(producer);
        return { messages: [], next: numberIn(until) };
      }
      forget(statements, producer, now);
      promote(statements, producer, now);
      const messages: StoredMessage[] = [];
      let bytes = 0;
      const rows = statements
        .get('SELECT * FROM dragoman_message WHERE producer = ? AND place IS NOT NULL ORDER BY place LIMIT ?')
        .iterate(producer, limit) as Iterable<unknown> as Iterable<Row>;
      for (const row of rows) {
        if (messages.length > 0 && bytes + row.body.length > TAKEN_BYTES_MAX) break;
        bytes += row.body.length;
        messages.push(storedMessageOf(row));
      }
      // In the same transaction as the look that found nothing: what is added later finds the lease free.
      if (messages.length === 0) statements.get('DELETE FROM dragoman_lease WHERE producer = ?').run(producer);
      return { messages, next: nextDue(statements, producer, STATE.waiting) };
    });
  }

  async renew(producer: string, owner: string, leaseUntil: number): Promise<boolean> {
    const { changes } = await this.#database.write((statements) =>
      statements
        .get('UPDATE dragoman_lease SET until = ?3 WHERE producer = ?1 AND owner = ?2')
        .run(producer, owner, leaseUntil),
    );
    return changes === 1;
  }

  async remove(producer: string, ids: readonly string[]): Promise<void> {
    await this.#database.write((statements) => {
      const remove = statements.get('DELETE FROM dragoman_message WHERE producer = ? AND id = ?');
      for (const id of ids) remove.run(producer, id);
    });
  }

  async release(producer: string, owner: string): Promise<void> {
    await this.#database.write((statements) =>
      statements.get('DELETE FROM dragoman_lease WHERE producer = ? AND owner = ?').run(producer, owner),
    );
  }

  async park(producer: string, id: string, reason: string): Promise<void> {
    await this.#database.write((statements) => park(statements, producer, id, reason));
  }

  unpark(producer: string, id: string, checkAt: number): Promise<boolean> {
    return this.#database.write((statements) => {
      const { changes } = statements
        .get(`UPDATE dragoman_message SET reason = NULL, checks = 0,
            state = iif(is_decided, ${STATE.ready}, ${STATE.half}), due = iif(is_decided, 0, ?3),
            place = ${placeOf(`iif(is_decided, ${STATE.ready}, ${STATE.half})`)}
          WHERE producer = ?1 AND id = ?2 AND state = ${STATE.parked}`)
        .run(producer, id, checkAt);
      return changes === 1;
    });
  }

  list(producer: string, limit: number, state?: HeldState): Promise<HeldMessage[]> {
    return this.#database.write((statements) => {
      const wanted = state === undefined ? null : STATE[state];
      const rows = statements
        .get(`SELECT * FROM dragoman_message WHERE producer = ?1 AND state <> ${STATE.rolledBack}
          AND (?2 IS NULL OR state = ?2) ORDER BY seq LIMIT ?3`)
        .all(producer, wanted, limit) as unknown as Row[];
      return rows.map(heldMessageOf);
    });
  }

  isFull(producer: string, limit: number): Promise<boolean> {
    return this.#database.write((statements) => {
      // As many numbers as lie between the oldest and the newest row is the most there can be, and costs nothing to
      // know.
      const span = statements.get('SELECT max(seq) - min(seq) + 1 AS value FROM dragoman_message').get();
      if ((numberIn(span) ?? 0) < limit) return false;
      const count = statements
        .get(`SELECT count(*) AS value FROM dragoman_message WHERE producer = ? AND state <> ${STATE.rolledBack}`)
        .get(producer);
      return (numberIn(count) ?? 0) >= limit;
    });
  }
}

function nextDue(statements: Statements, producer: string, state: number): number | undefined {
  const sql = 'SELECT min(due) AS value FROM dragoman_message WHERE producer = ? AND state = ?';
  return numberIn(statements.get(sql).get(producer, state));
}

function park(statements: Statements, producer: string, id: string, reason: string): void {
  statements
    .get(`UPDATE dragoman_message SET state = ${STATE.parked}, place = NULL, reason = ?3
      WHERE producer = ?1 AND id = ?2 AND state <> ${STATE.rolledBack}`)
    .run(producer, id, reason);
}

/** What waited and is due gets in line, the earliest first. */
function promote(statements: Statements, producer: string, now: number): void {
  const due = statements
    .get(`SELECT id FROM dragoman_message WHERE producer = ? AND state = ${STATE.waiting} AND due <= ?
      ORDER BY due LIMIT ${PROMOTED_MAX}`)
    .all(producer, now) as unknown as Pick<Row, 'id'>[];
  for (const { id } of due) {
    statements
      .get(`UPDATE dragoman_message SET state = ${STATE.ready}, place = ${placeOf(String(STATE.ready))}
        WHERE producer = ?1 AND id = ?2`)
      .run(producer, id);
  }
}

/** Rollbacks that nobody can contradict any more. */
function forget(statements: Statements, producer: string, now: number): void {
  statements
    .get(`DELETE FROM dragoman_message WHERE seq IN (SELECT seq FROM dragoman_message
      WHERE producer = ? AND state = ${STATE.rolledBack} AND due <= ? LIMIT ${FORGOTTEN_MAX})`)
    .run(producer, now);
}
