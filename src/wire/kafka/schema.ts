/**
 * The words in which an API is described: a field's type, the versions that have it, and what stands in for it in
 * versions that have not. Reader, writer, TypeScript types and the advertised range all come from one description.
 *
 *     struct({
 *       name: string.until(12),              only up to version 12
 *       topicId: uuid.since(13),             only from version 13
 *       rack: string.since(1).nullable(),    may be null; null is also the default then
 *       epoch: int32.since(9).or(-1),        -1 where there is none, and where a writer says nothing
 *       leader: struct({...}).since(10).tagged(0),
 *       sessionId: int32.since(7).essential(),
 *       partitions: array({ index: int32 }),
 *     })
 *
 * Reading gives every field in every version, absent ones by their default. Writing needs the fields that are in all
 * versions; the others may be left out. A field that a version lacks is left out silently, unless it is `essential`:
 * then another value than the default is a mistake of the caller.
 *
 * Descriptions are immutable and cheap; codec.ts compiles them, one version at a time.
 */

/** Bytes that lie in something larger. Valid as long as that is: a session copies what it keeps. */
export interface ByteRange {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** Bytes that are somewhere else and can be copied from there: how a Fetch answers out of the journal. */
export interface ByteSource {
  readonly length: number;
  /** Copies exactly `length` bytes to `target` at `at`. */
  write(target: Uint8Array, at: number): void;
}

/** Records as they are written: bytes, a piece of something, or what can copy itself. */
export type Records = Uint8Array | ByteRange | ByteSource;

export type Kind =
  | 'bool'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uuid'
  | 'string'
  | 'bytes'
  | 'records'
  | 'array'
  | 'struct';

export interface FieldSpec {
  readonly kind: Kind;
  /** The versions that have the field, both ends included. */
  readonly since: number;
  readonly until: number;
  /** The first version in which it may be null. */
  readonly nullableSince: number;
  /** The tag in flexible versions; -1 for a field with a place of its own. */
  readonly tag: number;
  /** undefined: the type's zero. */
  readonly fallback: unknown;
  readonly essential: boolean;
  /** Of an array. */
  readonly element: FieldSpec | null;
  /** Of a struct. */
  readonly shape: Shape | null;
}

/** `Read` is what reading gives, `Written` what writing takes, `Omissible` whether writing takes nothing too. */
export class Field<Read, Written = Read, Omissible extends boolean = false> {
  readonly spec: FieldSpec;
  /** Never set; carries the types. */
  readonly types?: { readonly read: Read; readonly written: Written; readonly omissible: Omissible };

  constructor(spec: FieldSpec) {
    this.spec = spec;
  }

  since(version: number): Field<Read, Written, true> {
    return this.#with({ since: version });
  }

  until(version: number): Field<Read, Written, true> {
    return this.#with({ until: version });
  }

  /** May be null from `version` on. */
  nullable(version = 0): Field<Read | null, Written | null, true> {
    return this.#with({ nullableSince: version, fallback: null });
  }

  /** The default; an array's is given as `[]`. */
  or(fallback: Written): Field<Read, Written, true> {
    return this.#with({ fallback });
  }

  /** Stands among the tagged fields; only written when it differs from its default. */
  tagged(tag: number): Field<Read, Written, true> {
    return this.#with({ tag });
  }

  essential(): Field<Read, Written, Omissible> {
    return this.#with({ essential: true });
  }

  #with<R, W, O extends boolean>(change: Partial<FieldSpec>): Field<R, W, O> {
    return new Field<R, W, O>({ ...this.spec, ...change });
  }
}

export type AnyField = Field<unknown, unknown, boolean>;
export type Shape = Readonly<Record<string, AnyField>>;

type OmissibleKeys<S extends Shape> = {
  [K in keyof S]: S[K] extends Field<unknown, unknown, true> ? K : never;
}[keyof S];
type ReadOf<E> = E extends Field<infer Read, unknown, boolean> ? Read : never;
type WrittenOf<E> = E extends { readonly types?: { readonly written: infer Written } } ? Written : never;

/** What reading a struct gives. */
export type ReadShape<S extends Shape> = { readonly [K in keyof S]: ReadOf<S[K]> };
/** What writing a struct takes. */
export type WrittenShape<S extends Shape> = {
  readonly [K in Exclude<keyof S, OmissibleKeys<S>>]: WrittenOf<S[K]>;
} & { readonly [K in OmissibleKeys<S>]?: WrittenOf<S[K]> | undefined };

function field<Read, Written = Read>(kind: Kind, parts: Partial<FieldSpec> = {}): Field<Read, Written> {
  return new Field({
    kind,
    since: 0,
    until: Number.POSITIVE_INFINITY,
    nullableSince: Number.POSITIVE_INFINITY,
    tag: -1,
    fallback: undefined,
    essential: false,
    element: null,
    shape: null,
    ...parts,
  });
}

export const bool: Field<boolean> = field('bool');
export const int8: Field<number> = field('int8');
export const int16: Field<number> = field('int16');
export const int32: Field<number> = field('int32');
/** Exact to 2^53; beyond that the lowest bits are lost. */
export const int64: Field<number> = field('int64');
/** 32 lower-case hexadecimal digits, or '' for the id of all zeros, which means none. */
export const uuid: Field<string> = field('uuid');
export const string: Field<string> = field('string');
/** Reading copies: these are small things that are kept, such as a group member's metadata. */
export const bytes: Field<Uint8Array> = field('bytes');
/** Reading gives a range of the request, so nothing is copied. */
export const records: Field<ByteRange, Records> = field('records');

export function struct<S extends Shape>(shape: S): Field<ReadShape<S>, WrittenShape<S>> {
  return field('struct', { shape });
}

/** An array of fields, or of structs of the given shape. */
export function array<Read, Written>(element: Field<Read, Written>): Field<readonly Read[], readonly Written[]>;
export function array<S extends Shape>(shape: S): Field<readonly ReadShape<S>[], readonly WrittenShape<S>[]>;
export function array(element: AnyField | Shape): Field<readonly unknown[]> {
  return field('array', { element: element instanceof Field ? element.spec : struct(element).spec });
}
