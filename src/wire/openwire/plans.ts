/**
 * Plans: the schema made ready for one version, once for each version that is used.
 *
 * A plan is what reader and writer go through field by field. Its template has every field of the structure with its
 * default, so that all objects of one structure have one shape, whatever the version.
 */
import { OpenWireError, VERSION_MAX, VERSION_MIN } from './protocol.ts';
import { ABSENT, FAMILIES, type FamilyName, SCHEMA, type StructureName, type StructureSchema } from './schema.ts';

export const BOOL = 0;
export const BYTE = 1;
export const INT = 2;
export const LONG = 3;
export const STRING = 4;
export const BYTES = 5;
export const VIEW = 6;
export const THROWABLE = 7;
export const MAGIC = 8;
export const NESTED = 9;
export const CACHED = 10;
export const ARRAY = 11;

const PLAIN_KINDS: Readonly<Record<string, number>> = {
  bool: BOOL,
  byte: BYTE,
  int: INT,
  long: LONG,
  string: STRING,
  bytes: BYTES,
  view: VIEW,
  throwable: THROWABLE,
  magic: MAGIC,
};
const NESTING_KINDS: Readonly<Record<string, number>> = { nested: NESTED, cached: CACHED, array: ARRAY };
const NUMBERS: readonly number[] = [BYTE, INT, LONG];

export interface FieldPlan {
  readonly name: string;
  readonly kind: number;
  /** Which structures may stand there, by their type; null for plain kinds. */
  readonly members: ReadonlySet<number> | null;
}

export interface Plan {
  readonly name: StructureName;
  readonly type: number;
  readonly isMarshallAware: boolean;
  readonly fields: readonly FieldPlan[];
  readonly template: Readonly<Record<string, unknown>>;
}

/** The plans of one version. */
export class Plans {
  readonly #byType: readonly (Plan | undefined)[];
  readonly #byName: ReadonlyMap<string, Plan>;

  constructor(version: number) {
    const byType: (Plan | undefined)[] = [];
    const byName = new Map<string, Plan>();
    for (const [name, schema] of Object.entries(SCHEMA) as [StructureName, StructureSchema][]) {
      const plan = planOf(name, schema, version);
      byType[plan.type] = plan;
      byName.set(name, plan);
    }
    this.#byType = Array.from(byType);
    this.#byName = byName;
  }

  /** Undefined for a type that nobody has given, or that is not for us. */
  byType(type: number): Plan | undefined {
    return this.#byType[type];
  }

  byName(name: string): Plan {
    const plan = this.#byName.get(name);
    if (plan === undefined) throw new Error(`there is no structure ${name}`);
    return plan;
  }
}

const known: (Plans | undefined)[] = [];

export function plansOf(version: number): Plans {
  if (!Number.isInteger(version) || version < VERSION_MIN || version > VERSION_MAX) {
    throw new OpenWireError(`there is no version ${version}`);
  }
  const plans = known[version] ?? new Plans(version);
  known[version] = plans;
  return plans;
}

function planOf(name: StructureName, schema: StructureSchema, version: number): Plan {
  const fields: FieldPlan[] = [];
  const template: Record<string, unknown> = { type: name };
  for (const [field, description] of Object.entries(schema.fields)) {
    const [plan, since, until] = fieldOf(field, description);
    template[field] = version < since ? (ABSENT[name]?.[field] ?? zeroOf(plan.kind)) : zeroOf(plan.kind);
    if (version >= since && version <= until) fields.push(plan);
  }
  return {
    name,
    type: schema.type,
    isMarshallAware: schema.isMarshallAware === true,
    fields,
    template: compact(template),
  };
}

/**
 * An equal object that V8 keeps as a row of fields. One that was filled by computed names becomes a hash table at its
 * thirteenth field, and copying that takes ten times as long.
 */
function compact(template: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return JSON.parse(JSON.stringify(template)) as Record<string, unknown>;
}

/** Reads a description of schema.ts; a word that is none of its words is a mistake there. */
function fieldOf(name: string, description: string): [plan: FieldPlan, since: number, until: number] {
  const words = description.split(' ');
  const kind = words.shift() as string;
  const isNesting = kind in NESTING_KINDS;
  const members = isNesting ? membersOf(words.shift() as string) : null;
  const code = isNesting ? NESTING_KINDS[kind] : PLAIN_KINDS[kind];
  const [bound, version] = words;
  if (code === undefined || (bound !== undefined && bound !== 'since' && bound !== 'until')) {
    throw new Error(`${name}: '${description}' describes no field`);
  }
  const since = bound === 'since' ? Number(version) : VERSION_MIN;
  const until = bound === 'until' ? Number(version) : VERSION_MAX;
  return [{ name, kind: code, members }, since, until];
}

function membersOf(family: string): ReadonlySet<number> {
  const names = family in FAMILIES ? FAMILIES[family as FamilyName] : [family as StructureName];
  return new Set(names.map((name) => SCHEMA[name].type));
}

function zeroOf(kind: number): unknown {
  if (kind === BOOL) return false;
  return NUMBERS.includes(kind) ? 0 : null;
}
