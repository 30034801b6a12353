/**
 * Definition: one change of the core's durable state, as the journal keeps it. A closed union.
 *
 * Replay is idempotent: a definition names absolute things (names, log ids, offsets) and states what holds from then
 * on. Folding a run of definitions twice, or a checkpoint followed by groups that it already contains, ends in the same
 * state. Nothing in here is relative ("one more"), and nothing depends on what a session was.
 *
 * Only durable things are defined: a transient queue, an exclusive queue and their bindings leave no trace.
 */
import { CoreError } from './errors.ts';
import type { Hold } from './hold-table.ts';
import type { HoldTarget } from './holds.ts';
import type { LogId, Offset } from './ids.ts';
import type { Table } from './value.ts';
import { decodeTable, encodeTable, type Json } from './value-json.ts';

export type TargetKind = 'queue' | 'exchange';
export type Outcome = 'commit' | 'rollback';

export interface NamespaceDefinition {
  readonly kind: 'namespace';
  readonly name: string;
}

export interface NamespaceDeletedDefinition {
  readonly kind: 'namespace-deleted';
  readonly name: string;
}

export interface ExchangeDefinition {
  readonly kind: 'exchange';
  readonly namespace: string;
  readonly name: string;
  readonly type: string;
  readonly autoDelete: boolean;
  readonly internal: boolean;
  readonly arguments: Table;
}

/** The exchange of that name keeps what passes through it; gone with the exchange. */
export interface TopicDefinition {
  readonly kind: 'topic';
  readonly namespace: string;
  readonly name: string;
  /** In the order in which keys and clients number them. */
  readonly logs: readonly LogId[];
  /** -1 = for ever. */
  readonly retentionMs: number;
  readonly retentionBytes: number;
  readonly settings: Table;
}

/** Between `from` and `to` a kept log has nothing newer than `newest`; below `floor` nobody asks any more. */
export interface SpanDefinition {
  readonly kind: 'span';
  readonly namespace: string;
  readonly log: LogId;
  readonly floor: Offset;
  readonly from: Offset;
  readonly to: Offset;
  readonly newest: number;
  readonly bytes: number;
}

/** What a session wants back with a kept log; about everything before `offset`. */
export interface LogNoteDefinition {
  readonly kind: 'log-note';
  readonly namespace: string;
  readonly log: LogId;
  readonly name: string;
  readonly offset: Offset;
  readonly value: string;
}

/** Where a group goes on in a kept log; what was settled behind it by shared reading no longer counts. */
export interface PositionDefinition {
  readonly kind: 'position';
  readonly namespace: string;
  readonly group: string;
  readonly log: LogId;
  readonly offset: Offset;
  readonly metadata: string;
  /** -1: not known. */
  readonly epoch: number;
  readonly at: number;
}

export interface PositionForgottenDefinition {
  readonly kind: 'position-forgotten';
  readonly namespace: string;
  readonly group: string;
  readonly log: LogId;
}

export interface GroupForgottenDefinition {
  readonly kind: 'group-forgotten';
  readonly namespace: string;
  readonly group: string;
}

/**
 * The group's shared reading of a log goes on at `offset`, which is its position too. Behind it `settled` are settled,
 * in pairs of from and to, and messages were given so often, in pairs of offset and count: beside those told before,
 * since the position was last moved by a PositionDefinition.
 */
export interface ShareDefinition {
  readonly kind: 'share';
  readonly namespace: string;
  readonly group: string;
  readonly log: LogId;
  readonly offset: Offset;
  readonly at: number;
  readonly settled: readonly number[];
  readonly attempts: readonly number[];
}

export interface QueueDefinition {
  readonly kind: 'queue';
  readonly namespace: string;
  readonly name: string;
  readonly autoDelete: boolean;
  readonly arguments: Table;
  /** By priority level, lowest first. */
  readonly logs: readonly LogId[];
}

/** Takes its bindings along, on whichever side of them it stands. */
export interface DeletedDefinition {
  readonly kind: 'exchange-deleted' | 'queue-deleted';
  readonly namespace: string;
  readonly name: string;
}

export interface BindingDefinition {
  readonly kind: 'binding' | 'binding-deleted';
  readonly namespace: string;
  readonly source: string;
  readonly targetKind: TargetKind;
  readonly target: string;
  readonly key: string;
  readonly arguments: Table;
}

/** The log in which a namespace keeps the messages of prepared transactions. */
export interface HoldLogDefinition {
  readonly kind: 'hold-log';
  readonly namespace: string;
  readonly log: LogId;
}

/** Where held messages go, by number. */
export interface HoldTargetDefinition extends HoldTarget {
  readonly kind: 'hold-target';
  readonly namespace: string;
  readonly number: number;
}

/** What is known of one held message. */
export interface HoldDefinition extends Hold {
  readonly kind: 'hold';
  readonly namespace: string;
}

/** Many holds in one, as a checkpoint lists them; see `Holds.rows`. */
export interface HoldRowsDefinition {
  readonly kind: 'hold-rows';
  readonly namespace: string;
  readonly rows: readonly number[];
}

/** The `count` messages held from `offset` on as one transaction were placed or freed. */
export interface HoldEndedDefinition {
  readonly kind: 'hold-ended';
  readonly namespace: string;
  readonly offset: Offset;
  readonly count: number;
}

/** About the transaction whose first message is, or was, at `offset` of the hold log. */
export interface DecisionDefinition {
  readonly kind: 'decision';
  readonly namespace: string;
  readonly offset: Offset;
  readonly outcome: Outcome;
  /** So many messages from `offset` on were placed or freed by it; less than 1: none, they stay to be looked at. */
  readonly ended: number;
}

export interface DecisionsForgottenDefinition {
  readonly kind: 'decisions-forgotten';
  readonly namespace: string;
  readonly offsets: readonly Offset[];
}

export type Definition =
  | NamespaceDefinition
  | NamespaceDeletedDefinition
  | ExchangeDefinition
  | TopicDefinition
  | QueueDefinition
  | DeletedDefinition
  | BindingDefinition
  | SpanDefinition
  | LogNoteDefinition
  | PositionDefinition
  | PositionForgottenDefinition
  | GroupForgottenDefinition
  | ShareDefinition
  | HoldLogDefinition
  | HoldTargetDefinition
  | HoldDefinition
  | HoldRowsDefinition
  | HoldEndedDefinition
  | DecisionDefinition
  | DecisionsForgottenDefinition;

export type DefinitionKind = Definition['kind'];

/** The logs that a definition brings to life: a log named by none is dropped at boot. */
export function logsOf(definition: Definition): readonly LogId[] {
  if (definition.kind === 'queue' || definition.kind === 'topic') return definition.logs;
  return definition.kind === 'hold-log' ? [definition.log] : [];
}

export function encodeDefinition(definition: Definition): string {
  if ('arguments' in definition) return JSON.stringify({ ...definition, arguments: encodeTable(definition.arguments) });
  if ('settings' in definition) return JSON.stringify({ ...definition, settings: encodeTable(definition.settings) });
  return JSON.stringify(definition);
}

/** `later number`: came when there were journals without it; -1 where it is missing. */
type Field = 'string' | 'number' | 'boolean' | 'table' | 'numbers' | 'later number';

const binding = {
  namespace: 'string',
  source: 'string',
  targetKind: 'string',
  target: 'string',
  key: 'string',
  arguments: 'table',
} as const;
const named = { namespace: 'string', name: 'string' } as const;
const ofLog = { namespace: 'string', log: 'number' } as const;
const held = { namespace: 'string', offset: 'number' } as const;

/** What each kind must carry. Unknown fields are dropped, missing ones are an error: the journal is checked input. */
const SHAPES: Readonly<Record<DefinitionKind, Readonly<Record<string, Field>>>> = {
  namespace: { name: 'string' },
  'namespace-deleted': { name: 'string' },
  exchange: {
    ...named,
    type: 'string',
    autoDelete: 'boolean',
    internal: 'boolean',
    arguments: 'table',
  },
  topic: { ...named, logs: 'numbers', retentionMs: 'number', retentionBytes: 'number', settings: 'table' },
  'exchange-deleted': named,
  queue: { ...named, autoDelete: 'boolean', arguments: 'table', logs: 'numbers' },
  'queue-deleted': named,
  binding,
  'binding-deleted': binding,
  span: { ...ofLog, floor: 'number', from: 'number', to: 'number', newest: 'number', bytes: 'number' },
  'log-note': { ...ofLog, name: 'string', offset: 'number', value: 'string' },
  position: { ...ofLog, group: 'string', offset: 'number', metadata: 'string', epoch: 'later number', at: 'number' },
  'position-forgotten': { ...ofLog, group: 'string' },
  'group-forgotten': { namespace: 'string', group: 'string' },
  share: { ...ofLog, group: 'string', offset: 'number', at: 'number', settled: 'numbers', attempts: 'numbers' },
  'hold-log': ofLog,
  'hold-target': {
    namespace: 'string',
    number: 'number',
    exchange: 'string',
    key: 'string',
    log: 'number',
    priority: 'number',
    group: 'string',
    name: 'string',
  },
  hold: {
    ...held,
    at: 'number',
    born: 'number',
    target: 'number',
    count: 'number',
    checks: 'number',
    state: 'number',
  },
  'hold-rows': { namespace: 'string', rows: 'numbers' },
  'hold-ended': { ...held, count: 'number' },
  decision: { ...held, outcome: 'string', ended: 'later number' },
  'decisions-forgotten': { namespace: 'string', offsets: 'numbers' },
};

export function decodeDefinition(text: string): Definition {
  let json: Json;
  try {
    json = JSON.parse(text) as Json;
  } catch {
    throw malformed('not JSON');
  }
  if (json === null || typeof json !== 'object' || Array.isArray(json)) throw malformed('not an object');
  const kind = json.kind;
  if (typeof kind !== 'string' || !Object.hasOwn(SHAPES, kind)) throw malformed(`unknown kind '${String(kind)}'`);
  const definition: Record<string, unknown> = { kind };
  for (const [name, field] of Object.entries(SHAPES[kind as DefinitionKind])) {
    definition[name] = decodeField(kind, name, field, json[name]);
  }
  return definition as unknown as Definition;
}

function decodeField(kind: string, name: string, field: Field, json: Json | undefined): unknown {
  if (field === 'table' && json !== undefined) return decodeTable(json);
  if (field === 'later number' && (json === undefined || typeof json === 'number')) return json ?? -1;
  if (field === 'numbers' && Array.isArray(json) && json.every(Number.isSafeInteger)) return json;
  // What is left are fields named like their JavaScript type.
  if (typeof json === field) return json;
  throw malformed(`'${kind}' lacks '${name}'`);
}

function malformed(problem: string): CoreError {
  return new CoreError('INVALID', { reason: 'malformed', problem: `definition: ${problem}` });
}
