/**
 * Attributes of a topic: what 5.x clients may set beyond queues and permissions, and how changes are written.
 *
 *     +message.type=FIFO     set       -reserve.time     removed       message.type=FIFO     as it is listed
 *
 * `message.type` says which messages a topic takes; `reserve.time` how long it keeps them. The others are kept and
 * shown, and nothing follows from them.
 */
import { RESPONSE } from '../../wire/rocketmq/response-codes.ts';
import { RocketmqWireError } from '../../wire/rocketmq/wire-error.ts';

const POSSIBLE: Readonly<Record<string, readonly string[] | null>> = {
  'message.type': ['UNSPECIFIED', 'NORMAL', 'FIFO', 'DELAY', 'TRANSACTION', 'MIXED', 'PRIORITY'],
  'queue.type': ['SimpleCQ', 'BatchCQ', 'RocksDBCQ'],
  'cleanup.policy': ['DELETE', 'COMPACTION'],
  'reserve.time': null,
};
const RESERVE_TIME = /^-?\d{1,15}$/;

/** What holds after the changes. Throws what is wrong with one. */
export function attributesAfter(
  before: ReadonlyMap<string, string>,
  changes: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  if (changes.size === 0) return before;
  const after = new Map(before);
  for (const [written, value] of changes) {
    const name = written.replace(/^[+-]/, '');
    const possible = Object.hasOwn(POSSIBLE, name) ? POSSIBLE[name] : undefined;
    if (possible === undefined) throw refused(`unsupported key: ${name}`);
    if (written.startsWith('-')) {
      after.delete(name);
      continue;
    }
    if (possible === null ? !RESERVE_TIME.test(value) : !possible.includes(value)) {
      throw refused(`value is not in set: ${value}`);
    }
    after.set(name, value);
  }
  return after;
}

function refused(text: string): RocketmqWireError {
  return new RocketmqWireError(text, RESPONSE.SYSTEM_ERROR);
}
