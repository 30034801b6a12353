/**
 * The schema as types: a union of all structures, told apart by `type`.
 *
 * Reading gives every field, also those that the version lacks. Writing takes what there is to say; the rest is null,
 * false or 0.
 */
import type { FAMILIES, FamilyName, SCHEMA, StructureName } from './schema.ts';

/** An exception. Stack traces are read over and never written. */
export interface Throwable {
  readonly className: string | null;
  readonly message: string | null;
  readonly cause?: Throwable | null;
}

/**
 * What the plain fields are in TypeScript. A long is exact to 2^53; beyond that it loses its lowest bits, but for the
 * highest one, which keeps its meaning.
 */
interface FieldValues {
  bool: boolean;
  byte: number;
  int: number;
  long: number;
  string: string | null;
  /** A copy. */
  bytes: Uint8Array | null;
  /** A part of the frame, valid as long as that is. */
  view: Uint8Array | null;
  throwable: Throwable | null;
  /** The word that every connection begins with; nothing to read or to say. */
  magic: null;
}

/**
 * A message that lies ready in the format of what is stored: its type byte and its fields. It can be put into a frame
 * of the same format as it is.
 */
export class EncodedStructure {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
  }
}

type MembersOf<F> = F extends FamilyName ? (typeof FAMILIES)[F][number] : F extends StructureName ? F : never;
/** The description without its versions. */
type Bare<D> = D extends `${infer B} since ${number}` ? B : D extends `${infer B} until ${number}` ? B : D;
type ValueOf<B> = B extends keyof FieldValues
  ? FieldValues[B]
  : B extends `nested ${infer F}` | `cached ${infer F}`
    ? StructureOf<MembersOf<F>> | null
    : B extends `array ${infer F}`
      ? readonly (StructureOf<MembersOf<F>> | null)[] | null
      : never;
type DraftValueOf<B> = B extends keyof FieldValues
  ? FieldValues[B]
  : B extends 'nested Message'
    ? DraftOf<MembersOf<'Message'>> | EncodedStructure | null
    : B extends `nested ${infer F}` | `cached ${infer F}`
      ? DraftOf<MembersOf<F>> | null
      : B extends `array ${infer F}`
        ? readonly (DraftOf<MembersOf<F>> | null)[] | null
        : never;

type FieldsOf<N extends StructureName> = (typeof SCHEMA)[N]['fields'];

/** A structure as it is read. */
export type StructureOf<N extends StructureName> = {
  [K in N]: { readonly type: K } & { -readonly [F in keyof FieldsOf<K>]: ValueOf<Bare<FieldsOf<K>[F]>> };
}[N];
export type Structure = StructureOf<StructureName>;

/** A structure as it may be given to be written. */
export type DraftOf<N extends StructureName> = {
  [K in N]: { readonly type: K } & {
    readonly [F in keyof FieldsOf<K>]?: DraftValueOf<Bare<FieldsOf<K>[F]>> | undefined;
  };
}[N];
export type Draft = DraftOf<StructureName>;

export type Message = StructureOf<MembersOf<'Message'>>;
export type Destination = StructureOf<MembersOf<'Destination'>>;
export type TransactionId = StructureOf<MembersOf<'TransactionId'>>;
export type Id = StructureOf<MembersOf<'Id'>>;
