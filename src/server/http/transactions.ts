/**
 * /api/transactions: what is prepared and not decided, delayed, or rolled back and still kept; and the operator's word
 * on it.
 *
 *   GET  /api/transactions/:vhost?after=OFFSET&limit=N       in the order in which they were prepared
 *   GET  /api/transactions/:vhost/:offset
 *   POST /api/transactions/:vhost/:offset/commit | rollback  the outcome of the operation; 409 if decided otherwise
 *   POST /api/transactions/:vhost/:offset/check              its group is asked again, also if it was parked
 *   POST /api/transactions/:vhost/:offset/cancel             a delayed message is never delivered
 */
import type { Outcome } from '../../core/definition.ts';
import { HOLD, type Hold, NEVER } from '../../core/hold-table.ts';
import type { Namespace } from '../../core/namespace.ts';
import { type Action, attempt, committed, namespaceAt, Refused } from './action.ts';
import { NotFound, namespacesOf, type Resource } from './resource.ts';

const LISTED_MAX = 1_000;
const LISTED = 100;

const STATES: Readonly<Record<Hold['state'], string>> = {
  [HOLD.MEMBER]: 'member',
  [HOLD.UNDECIDED]: 'undecided',
  [HOLD.DELAYED]: 'delayed',
  [HOLD.PARKED]: 'parked',
  [HOLD.ROLLED_BACK]: 'dropped',
  [HOLD.COMPENSATION]: 'compensation',
  [HOLD.PARKED_COMPENSATION]: 'parked-compensation',
};

export const transactions: Resource = (view, selection) => {
  const namespaces = namespacesOf(view, selection);
  const [namespace] = namespaces;
  if (selection.name !== undefined && namespace !== undefined) {
    const hold = namespace.prepared.find(offsetOf(selection.name));
    if (hold === null || hold.state === HOLD.MEMBER) throw new NotFound();
    return describe(namespace, hold);
  }
  const after = countOf(selection.after, -1);
  const limit = Math.min(countOf(selection.limit, LISTED), LISTED_MAX);
  const listed: ReturnType<typeof describe>[] = [];
  for (const each of namespaces) {
    for (const hold of each.prepared.heads(after)) {
      if (listed.length >= limit) return listed;
      listed.push(describe(each, hold));
    }
  }
  return listed;
};

export const commit = deciding('commit');
export const rollback = deciding('rollback');

export const check: Action = async (view, place) => {
  const { prepared } = namespaceAt(view, place);
  const offset = offsetOf(place['offset']);
  if (!prepared.checkAgain(offset)) throw new NotFound();
  await committed(view, view.broker.store.filling);
  return { offset };
};

export const cancel: Action = async (view, place) => {
  const { prepared } = namespaceAt(view, place);
  const offset = offsetOf(place['offset']);
  const group = attempt(() => prepared.cancel(offset));
  if (group === null) throw new NotFound();
  await committed(view, group);
  return { offset };
};

function deciding(outcome: Outcome): Action {
  return async (view, place) => {
    const { prepared } = namespaceAt(view, place);
    const offset = offsetOf(place['offset']);
    const group = await new Promise<number>((resolve) =>
      attempt(() => prepared.decide(offset, outcome, { decided: resolve })),
    );
    await committed(view, group);
    return { offset, outcome };
  };
}

function describe({ name: vhost, prepared }: Namespace, hold: Hold) {
  const { exchange, key, log, group, name } = prepared.target(hold);
  return {
    vhost,
    offset: hold.offset,
    state: STATES[hold.state],
    name,
    group,
    exchange,
    routing_key: key,
    partition: log < 0 ? null : log,
    messages: hold.count,
    created_at: hold.born,
    next_at: hold.at === NEVER ? null : hold.at,
    checks: hold.checks,
  };
}

function offsetOf(text: string | undefined): number {
  if (text === undefined || !/^\d{1,15}$/.test(text)) throw new NotFound();
  return Number(text);
}

function countOf(text: string | undefined, initial: number): number {
  if (text === undefined) return initial;
  if (!/^\d{1,15}$/.test(text)) throw new Refused(400, 'after and limit are whole numbers');
  return Number(text);
}
