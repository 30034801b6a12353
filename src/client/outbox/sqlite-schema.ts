/**
 * The tables of the SQLite store. Their names begin with `dragoman_`, so they can lie beside the user's own.
 *
 *     dragoman_message   state 0 half ─► 1 waiting ─► 2 ready ─► row deleted      due: next check, or not before
 *                              └─► 3 parked   └───────► 3 parked
 *                              └─► 4 rolled back, kept until `due` to refuse a late commit
 *     dragoman_lease     which process publishes for a producer, and until when
 *     dragoman_mark      what an inbox has seen
 *     dragoman_saga      one row a saga
 *
 * `place` orders what is ready; it is given by the decision, not by the arrival, so a half that nobody decides holds
 * up no other. It is null for all but the ready, which keeps the relay's index as small as its work.
 */

/** States of a message. */
export const STATE = { half: 0, waiting: 1, ready: 2, parked: 3, rolledBack: 4 } as const;

export const SCHEMA = `
CREATE TABLE IF NOT EXISTS dragoman_message (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  producer TEXT NOT NULL,
  id TEXT NOT NULL,
  state INTEGER NOT NULL,
  place INTEGER,
  due INTEGER NOT NULL,
  not_before INTEGER NOT NULL,
  checks INTEGER NOT NULL DEFAULT 0,
  is_decided INTEGER NOT NULL,
  reason TEXT,
  envelope TEXT NOT NULL,
  body BLOB NOT NULL,
  stored_at INTEGER NOT NULL,
  UNIQUE (producer, id)
) STRICT;
CREATE INDEX IF NOT EXISTS dragoman_message_due ON dragoman_message (producer, state, due);
CREATE INDEX IF NOT EXISTS dragoman_message_place ON dragoman_message (producer, place) WHERE place IS NOT NULL;
CREATE TABLE IF NOT EXISTS dragoman_lease (
  producer TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  until INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS dragoman_mark (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  scope TEXT NOT NULL,
  id TEXT NOT NULL,
  at INTEGER NOT NULL,
  UNIQUE (scope, id)
) STRICT;
CREATE INDEX IF NOT EXISTS dragoman_mark_order ON dragoman_mark (scope, seq);
CREATE TABLE IF NOT EXISTS dragoman_saga (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  status TEXT NOT NULL,
  step INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  state TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  due INTEGER,
  reason TEXT,
  parked_from TEXT,
  changed_at INTEGER NOT NULL,
  UNIQUE (name, id)
) STRICT;
CREATE INDEX IF NOT EXISTS dragoman_saga_due ON dragoman_saga (name, due) WHERE due IS NOT NULL;
CREATE INDEX IF NOT EXISTS dragoman_saga_status ON dragoman_saga (name, status, seq);
`;
