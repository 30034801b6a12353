/**
 * The words in which the ext fields of a request or an answer are described. Reading, writing and the TypeScript types
 * come from one description.
 *
 *     shape({
 *       topic: text,                    must be there
 *       queueId: int,
 *       subscription: text.optional(),  null where there is none
 *       order: flag.or(false),          false where there is none
 *     })
 *
 * On the wire everything is text. A number that is none, or that its type does not hold, is an error that names the
 * field, and so is a field that is missing; both are answered with SYSTEM_ERROR and the text as the remark, as RocketMQ
 * does. Unknown fields are passed over: newer clients send more.
 */
import type { CommandWriter } from './command-writer.ts';
import { numberRoom, textRoom } from './command-writer.ts';
import type { NamedRanges } from './named-ranges.ts';
import { RocketmqWireError } from './wire-error.ts';

type Kind = 'text' | 'int' | 'long' | 'flag';

/** `Read` is what reading gives, `Omissible` whether writing can do without. */
export class HeaderField<Read, Omissible extends boolean = false> {
  readonly kind: Kind;
  /** undefined: must be there. */
  readonly fallback: Read | undefined;
  /** Never set; carries the types. */
  readonly types?: { readonly read: Read; readonly omissible: Omissible };

  constructor(kind: Kind, fallback: Read | undefined) {
    this.kind = kind;
    this.fallback = fallback;
  }

  optional(): HeaderField<Read | null, true> {
    return new HeaderField<Read | null, true>(this.kind, null);
  }

  or(fallback: Read): HeaderField<Read, true> {
    return new HeaderField<Read, true>(this.kind, fallback);
  }
}

export const text: HeaderField<string> = new HeaderField<string>('text', undefined);
/** 32 bits, signed. */
export const int: HeaderField<number> = new HeaderField<number>('int', undefined);
/** 64 bits, signed; exact up to 2^53. */
export const long: HeaderField<number> = new HeaderField<number>('long', undefined);
export const flag: HeaderField<boolean> = new HeaderField<boolean>('flag', undefined);

type AnyField = HeaderField<unknown, boolean>;
export type Fields = Readonly<Record<string, AnyField>>;
type ReadOf<F> = F extends HeaderField<infer Read, boolean> ? Read : never;
type OmissibleKeys<S extends Fields> = {
  [K in keyof S]: S[K] extends HeaderField<unknown, true> ? K : never;
}[keyof S];

/** What reading gives. */
export type ReadFields<S extends Fields> = { readonly [K in keyof S]: ReadOf<S[K]> };
/** What writing takes. */
export type WrittenFields<S extends Fields> = {
  readonly [K in Exclude<keyof S, OmissibleKeys<S>>]: ReadOf<S[K]>;
} & { readonly [K in OmissibleKeys<S>]?: ReadOf<S[K]> | null | undefined };

interface Step {
  readonly name: string;
  readonly kind: Kind;
  readonly fallback: unknown;
}

export class HeaderShape<S extends Fields = Fields> {
  readonly fields: S;
  readonly #steps: readonly Step[];

  constructor(fields: S) {
    this.fields = fields;
    this.#steps = Object.entries(fields).map(([name, { kind, fallback }]) => ({ name, kind, fallback }));
  }

  /** All fields of the description, or a RocketmqWireError that names the first wrong one. */
  read(ranges: NamedRanges): ReadFields<S> {
    const values: Record<string, unknown> = {};
    for (const { name, kind, fallback } of this.#steps) {
      const index = ranges.find(name);
      if (index >= 0) values[name] = readValue(ranges, index, name, kind);
      else if (fallback !== undefined) values[name] = fallback;
      else throw new RocketmqWireError(`the field <${name}> is missing`);
    }
    return values as ReadFields<S>;
  }

  /** How many bytes the values take at most, for `CommandWriter.begin`. */
  room(values: WrittenFields<S>): number {
    let bytes = 0;
    for (const { name } of this.#steps) {
      const value = (values as Readonly<Record<string, unknown>>)[name];
      bytes += typeof value === 'string' ? textRoom(name, value.length) : numberRoom(name);
    }
    return bytes;
  }

  /** Writes the values that are there; between `begin` and `end` of the writer. */
  write(writer: CommandWriter, values: WrittenFields<S>): void {
    for (const { name } of this.#steps) {
      const value = (values as Readonly<Record<string, unknown>>)[name];
      if (typeof value === 'string') writer.text(name, value);
      else if (typeof value === 'number') writer.number(name, value);
      else if (typeof value === 'boolean') writer.flag(name, value);
    }
  }
}

export function shape<S extends Fields>(fields: S): HeaderShape<S> {
  return new HeaderShape(fields);
}

/** What `read` of a shape gives. */
export type HeaderOf<H> = H extends HeaderShape<infer S> ? ReadFields<S> : never;
/** What `write` of a shape takes. */
export type WrittenHeaderOf<H> = H extends HeaderShape<infer S> ? WrittenFields<S> : never;

function readValue(ranges: NamedRanges, index: number, name: string, kind: Kind): unknown {
  switch (kind) {
    case 'text':
      return ranges.textOf(index);
    case 'int':
      return ranges.intOf(index, name);
    case 'long':
      return ranges.longOf(index, name);
    case 'flag':
      return ranges.flagOf(index);
  }
}
