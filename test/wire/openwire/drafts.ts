/**
 * One draft of every structure that says something in every field, and one that says nothing, by rules that another
 * language can follow too: the samples were made from the same values with the Java client.
 */
import {
  FAMILIES,
  type FamilyName,
  SCHEMA,
  type StructureName,
  type StructureSchema,
} from '../../../src/wire/openwire/schema.ts';
import type { Draft } from '../../../src/wire/openwire/structures.ts';

export const NAMES = Object.keys(SCHEMA) as StructureName[];

const LONGS = [0, 300, 70_000, 5_000_000_000, -1, Number.MAX_SAFE_INTEGER, 65_535, 4_294_967_295];
const DEPTH_MAX = 2;

/** Everything is derived from the names, so that no two neighbours are equal. */
export function fullDraft(name: StructureName, depth = 0): Draft {
  const draft: Record<string, unknown> = { type: name };
  const { fields } = SCHEMA[name] as StructureSchema;
  for (const [field, description] of Object.entries(fields)) {
    const [kind, family] = description.split(' ') as [string, string];
    draft[field] = fieldValue(name, field, kind, family, depth);
  }
  return draft as unknown as Draft;
}

/** Null, false and 0 in every field. */
export function emptyDraft(name: StructureName): Draft {
  const draft: Record<string, unknown> = { type: name };
  for (const [field, description] of Object.entries((SCHEMA[name] as StructureSchema).fields)) {
    const kind = description.split(' ')[0] as string;
    draft[field] = kind === 'bool' ? false : ['byte', 'int', 'long'].includes(kind) ? 0 : null;
  }
  return draft as unknown as Draft;
}

function fieldValue(name: string, field: string, kind: string, family: string, depth: number): unknown {
  const seed = name.length + field.length + depth;
  switch (kind) {
    case 'bool':
      return seed % 2 === 0;
    case 'byte':
      return field === 'priority' ? seed % 10 : (seed % 100) - 40;
    case 'int':
      return seed * 100_003 - 1_500_000;
    case 'long':
      return LONGS[seed % LONGS.length];
    case 'string':
      return seed % 3 === 0 ? `${field} é\u0000漢😀` : field;
    case 'bytes':
    case 'view':
      return Uint8Array.from({ length: seed }, (_, index) => (index * 37) & 0xff);
    case 'throwable':
      return { className: 'java.lang.SecurityException', message: field, cause: null };
    case 'magic':
      return null;
    case 'array':
      return depth === DEPTH_MAX ? null : [fullDraft(member(family, seed), depth + 1), null];
    default:
      // A transaction without its connection is none in Java.
      return depth === DEPTH_MAX && family !== 'ConnectionId' ? null : fullDraft(member(family, seed), depth + 1);
  }
}

function member(family: string, seed: number): StructureName {
  const names = family in FAMILIES ? FAMILIES[family as FamilyName] : [family as StructureName];
  return names[seed % names.length] as StructureName;
}
