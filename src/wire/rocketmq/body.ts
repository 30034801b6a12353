/**
 * The words in which the JSON bodies of requests and answers are described. Reading, writing and the TypeScript types
 * come from one description.
 *
 *     const topicList = body({ brokerAddr: text.optional(), topicList: list(text) })
 *
 *     topicList.parse(command.bytes, command.bodyStart, command.bodyEnd)
 *     topicList.encode({ topicList: ['orders'] })          a Uint8Array, without any white space
 *
 * Reading is lenient where RocketMQ's own library is: numbers may be texts and texts numbers, null is the same as
 * nothing, and members that nobody knows are passed over. What can't be read is a RocketmqWireError that says where in
 * the body it is. Absent optional members are null when read and left out when written.
 */
import { readText } from '../../bytes/text.ts';
import { JsonObject, type JsonValue, parseJson } from './json.ts';
import { RESPONSE } from './response-codes.ts';
import { RocketmqWireError } from './wire-error.ts';

/** A longer body is not read. */
export const JSON_BODY_BYTES_MAX = 4 * 1024 * 1024;
const INT_MAX = 0x7fff_ffff;
const LONG_MAX = 2 ** 63;
const NUMBER_TEXT = /^[-+]?\d{1,20}(\.\d{1,20})?$/;

/** Where in a body something is: `consumerDataSet[0].groupName`. */
class Place {
  readonly path: (string | number)[] = [];

  fail(what: string): never {
    const path = this.path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('');
    const where = path === '' ? 'the body' : path.replace(/^\./, '').slice(0, 200);
    throw new RocketmqWireError(`${where} ${what}`, RESPONSE.INVALID_PARAMETER);
  }
}

/** `Read` is what reading gives, `Written` what writing takes, `Omissible` whether writing takes nothing too. */
export class JsonType<Read, Written = Read, Omissible extends boolean = false> {
  readonly read: (value: JsonValue, place: Place) => Read;
  readonly write: (value: Written) => string;
  /** undefined: must be there. */
  readonly fallback: Read | null | undefined;
  /** Never set; carries the types. */
  readonly types?: { readonly read: Read; readonly written: Written; readonly omissible: Omissible };

  constructor(
    read: (value: JsonValue, place: Place) => Read,
    write: (value: Written) => string,
    fallback?: Read | null,
  ) {
    this.read = read;
    this.write = write;
    this.fallback = fallback;
  }

  optional(): JsonType<Read | null, Written | null, true> {
    const { read, write } = this;
    return new JsonType<Read | null, Written | null, true>(
      read,
      (value) => (value === null ? 'null' : write(value)),
      null,
    );
  }

  or(fallback: Read): JsonType<Read, Written, true> {
    return new JsonType<Read, Written, true>(this.read, this.write, fallback);
  }
}

type AnyType = {
  readonly read: (value: JsonValue, place: Place) => unknown;
  readonly write: (value: never) => string;
  readonly fallback: unknown;
};
export type Members = Readonly<Record<string, AnyType>>;
type OmissibleKeys<S extends Members> = {
  [K in keyof S]: S[K] extends { readonly types?: { readonly omissible: true } } ? K : never;
}[keyof S];
type ReadOf<T> = T extends { readonly types?: { readonly read: infer Read } } ? Read : never;
type WrittenOf<T> = T extends { readonly types?: { readonly written: infer Written } } ? Written : never;
/** What reading an object gives. */
export type ReadMembers<S extends Members> = { readonly [K in keyof S]: ReadOf<S[K]> };
/** What writing an object takes. */
export type WrittenMembers<S extends Members> = {
  readonly [K in Exclude<keyof S, OmissibleKeys<S>>]: WrittenOf<S[K]>;
} & { readonly [K in OmissibleKeys<S>]?: WrittenOf<S[K]> | null | undefined };

export const text = new JsonType<string>((value, place) => {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : place.fail('is no text');
}, JSON.stringify);

function numberType(expected: string, holds: (value: number) => boolean): JsonType<number> {
  return new JsonType<number>((value, place) => {
    const read = typeof value === 'string' && NUMBER_TEXT.test(value) ? Number(value) : value;
    return typeof read === 'number' && holds(read) ? read : place.fail(`is no ${expected}`);
  }, String);
}
/** 32 bits, signed. */
export const int = numberType(
  'number of 32 bits',
  (value) => Number.isInteger(value) && value >= -INT_MAX - 1 && value <= INT_MAX,
);
/** 64 bits, signed; exact up to 2^53. */
export const long = new JsonType<number>(
  numberType('number of 64 bits', (value) => Number.isInteger(value) && Math.abs(value) <= LONG_MAX).read,
  (value) => (Math.abs(value) < LONG_MAX ? BigInt(value).toString() : `${value < 0 ? '-' : ''}9223372036854775807`),
);
export const real = numberType('number', Number.isFinite);
export const flag = new JsonType<boolean>((value, place) => {
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === 1) return true;
  return value === 'false' || value === 0 ? false : place.fail('is neither true nor false');
}, String);

export function list<Read, Written>(
  of: JsonType<Read, Written, boolean>,
): JsonType<readonly Read[], readonly Written[]> {
  return new JsonType<readonly Read[], readonly Written[]>(
    (value, place) => {
      if (!Array.isArray(value)) return place.fail('is no list');
      return (value as readonly JsonValue[]).map((element, index) => inside(place, index, element, of));
    },
    (values) => `[${values.map((value) => of.write(value)).join()}]`,
  );
}

/** An object with any names; numbers as names are texts here. */
export function map<Read, Written>(
  of: JsonType<Read, Written, boolean>,
): JsonType<ReadonlyMap<string, Read>, ReadonlyMap<string, Written>> {
  return new JsonType<ReadonlyMap<string, Read>, ReadonlyMap<string, Written>>(
    (value, place) => {
      if (!(value instanceof JsonObject) || value.pairs !== null) return place.fail('is no map');
      return new Map([...value.members].map(([name, member]) => [name, inside(place, name, member, of)]));
    },
    (values) => `{${[...values].map(([name, value]) => `${JSON.stringify(name)}:${of.write(value)}`).join()}}`,
  );
}

/** A map whose keys are objects: written as Java reads it, which is not standard JSON. */
export function keyedMap<Key, WrittenKey, Read, Written>(
  keys: JsonType<Key, WrittenKey, boolean>,
  of: JsonType<Read, Written, boolean>,
): JsonType<readonly (readonly [Key, Read])[], readonly (readonly [WrittenKey, Written])[]> {
  return new JsonType<readonly (readonly [Key, Read])[], readonly (readonly [WrittenKey, Written])[]>(
    (value, place) => {
      if (!(value instanceof JsonObject)) return place.fail('is no map');
      const quoted = [...value.members].map(([name, member]) => [parseJson(name), member] as const);
      return [...(value.pairs ?? []), ...quoted].map(
        ([key, member], index) => [inside(place, index, key, keys), inside(place, index, member, of)] as const,
      );
    },
    (values) => `{${values.map(([key, value]) => `${keys.write(key)}:${of.write(value)}`).join()}}`,
  );
}

export function object<S extends Members>(members: S): JsonType<ReadMembers<S>, WrittenMembers<S>> {
  const steps = Object.entries(members);
  return new JsonType<ReadMembers<S>, WrittenMembers<S>>(
    (value, place) => {
      if (!(value instanceof JsonObject)) return place.fail('is no object');
      const read: Record<string, unknown> = {};
      for (const [name, type] of steps) {
        const member = value.members.get(name) ?? null;
        if (member !== null || type.fallback === undefined) read[name] = inside(place, name, member, type);
        else read[name] = type.fallback;
      }
      return read as ReadMembers<S>;
    },
    (values) => {
      const written: string[] = [];
      for (const [name, type] of steps) {
        const value = (values as Readonly<Record<string, unknown>>)[name] ?? null;
        if (value !== null) written.push(`${JSON.stringify(name)}:${type.write(value as never)}`);
      }
      return `{${written.join()}}`;
    },
  );
}

function inside<Read>(
  place: Place,
  step: string | number,
  value: JsonValue,
  type: { readonly read: (value: JsonValue, place: Place) => Read },
): Read {
  place.path.push(step);
  if (value === null) place.fail('is missing');
  const read = type.read(value, place);
  place.path.pop();
  return read;
}

/** The type of a whole body. */
export class Body<Read, Written> {
  readonly type: JsonType<Read, Written>;

  constructor(type: JsonType<Read, Written>) {
    this.type = type;
  }

  /** Reads the body in `bytes[start, end)`. */
  parse(bytes: Uint8Array, start = 0, end = bytes.length): Read {
    if (end - start > JSON_BODY_BYTES_MAX)
      throw new RocketmqWireError(
        `a JSON body of ${end - start} bytes; the limit is ${JSON_BODY_BYTES_MAX}`,
        RESPONSE.INVALID_PARAMETER,
      );
    return this.type.read(parseJson(readText(bytes, start, end)), new Place());
  }

  encode(value: Written): Uint8Array {
    return Buffer.from(this.type.write(value));
  }
}

export function body<S extends Members>(members: S): Body<ReadMembers<S>, WrittenMembers<S>> {
  return new Body(object(members));
}

/** What `parse` of a body gives. */
export type BodyOf<B> = B extends Body<infer Read, infer _Written> ? Read : never;
/** What `encode` of a body takes. */
export type WrittenBodyOf<B> = B extends Body<infer _Read, infer Written> ? Written : never;
/** The same of a type in it. */
export type JsonOf<T> = ReadOf<T>;
