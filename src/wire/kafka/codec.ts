/**
 * Compiles a description (schema.ts) for one version into a codec: an array of steps, each a field's closures.
 *
 *     struct     [field][field] ...                                            classic
 *     struct     [field][field] ... [uvarint n] n * ([uvarint tag][uvarint size][field])      flexible
 *
 * Fields that the version lacks are steps too: reading sets them to their default, so that an API's objects have the
 * same shape in every version. Unknown tags are passed over. Compiled once for each version that is used; api.ts keeps
 * the result.
 */
import { uvarintBytes } from '../../bytes/varint.ts';
import { type Codec, lengthCodec, primitiveCodec, refuseNull } from './primitives.ts';
import type { WireReader } from './reader.ts';
import type { FieldSpec, Shape } from './schema.ts';
import type { WireWriter } from './writer.ts';

type AnyCodec = Codec<unknown>;
type Struct = Record<string, unknown>;

interface Step {
  readonly name: string;
  readonly spec: FieldSpec;
  readonly codec: AnyCodec;
  readonly fallback: unknown;
}
interface Steps {
  /** In wire order, the ones with a place of their own. */
  readonly placed: readonly Step[];
  /** By ascending tag. */
  readonly tagged: readonly Step[];
  readonly absent: readonly Step[];
  /** All, in the description's order. */
  readonly names: readonly { readonly step: Step; readonly isPlaced: boolean }[];
}

const NOTHING: readonly never[] = Object.freeze([]);
const NO_BYTES = new Uint8Array(0);

/** The codec of a message's body, or of a struct in it. */
export function compileStruct(shape: Shape, version: number, flexible: boolean): Codec<Struct> {
  const steps = stepsOf(shape, version, flexible);
  const { placed, tagged, absent, names } = steps;
  const variable = placed.filter(({ codec }) => !codec.isFixed);
  const essential = absent.filter(({ spec }) => spec.essential);
  const bytesMin = placed.reduce((sum, { codec }) => sum + codec.bytesMin, flexible ? 1 : 0);
  const fixedBytes = placed.reduce((sum, { codec }) => sum + (codec.isFixed ? codec.bytesMin : 0), 0);

  return {
    read: (reader) => {
      const value: Struct = {};
      for (const { step, isPlaced } of names) value[step.name] = isPlaced ? step.codec.read(reader) : step.fallback;
      if (flexible) readTags(reader, tagged, value);
      return value;
    },
    size: (value) => {
      for (const step of essential) refuseUnlessDefault(step, value, version);
      let bytes = fixedBytes;
      for (const step of variable) bytes += step.codec.size(pick(step, value));
      return flexible ? bytes + tagsSize(tagged, value) : bytes;
    },
    write: (writer, value) => {
      for (const step of placed) step.codec.write(writer, pick(step, value));
      if (flexible) writeTags(writer, tagged, value);
    },
    bytesMin,
    isFixed: !flexible && variable.length === 0 && essential.length === 0,
  };
}

function stepsOf(shape: Shape, version: number, flexible: boolean): Steps {
  const placed: Step[] = [];
  const tagged: Step[] = [];
  const absent: Step[] = [];
  const names: { step: Step; isPlaced: boolean }[] = [];
  for (const [name, { spec }] of Object.entries(shape)) {
    const step: Step = { name, spec, codec: compileField(name, spec, version, flexible), fallback: defaultOf(spec) };
    const isPresent = version >= spec.since && version <= spec.until;
    const isPlaced = isPresent && spec.tag < 0;
    names.push({ step, isPlaced });
    if (isPlaced) placed.push(step);
    else if (isPresent) tagged.push(step);
    else absent.push(step);
  }
  tagged.sort((a, b) => a.spec.tag - b.spec.tag);
  return { placed, tagged, absent, names };
}

function compileField(name: string, spec: FieldSpec, version: number, flexible: boolean): AnyCodec {
  const nullable = version >= spec.nullableSince;
  if (spec.kind === 'array') return compileArray(name, spec, version, flexible, nullable) as AnyCodec;
  if (spec.kind === 'struct') {
    const codec = compileStruct(spec.shape as Shape, version, flexible);
    return (nullable ? nullableStruct(codec) : codec) as AnyCodec;
  }
  return primitiveCodec(name, spec.kind, flexible, nullable) as AnyCodec;
}

function compileArray(
  name: string,
  spec: FieldSpec,
  version: number,
  flexible: boolean,
  nullable: boolean,
): Codec<readonly unknown[] | null> {
  const length = lengthCodec('array', flexible);
  const element = compileField(name, spec.element as FieldSpec, version, flexible);
  const { bytesMin, isFixed } = element;
  return {
    read: (reader) => {
      const count = length.read(reader);
      if (count < 0) return nullable ? null : reader.fail(`${name} is null`);
      reader.expectElements(count, bytesMin);
      const values: unknown[] = [];
      for (let index = 0; index < count; index++) values.push(element.read(reader));
      return values;
    },
    size: (values) => {
      if (values === null) return nullable ? length.size(-1) : refuseNull(name);
      let bytes = length.size(values.length);
      if (isFixed) return bytes + values.length * bytesMin;
      for (const value of values) bytes += element.size(value);
      return bytes;
    },
    write: (writer, values) => {
      length.write(writer, values === null ? -1 : values.length);
      if (values !== null) for (const value of values) element.write(writer, value);
    },
    bytesMin: length.bytesMin,
    isFixed: false,
  };
}

/** A byte says whether the struct follows: 1, or -1 for null. */
function nullableStruct(codec: Codec<Struct>): Codec<Struct | null> {
  return {
    read: (reader) => (reader.int8() < 0 ? null : codec.read(reader)),
    size: (value) => (value === null ? 1 : 1 + codec.size(value)),
    write: (writer, value) => {
      writer.int8(value === null ? -1 : 1);
      if (value !== null) codec.write(writer, value);
    },
    bytesMin: 1,
    isFixed: false,
  };
}

function pick(step: Step, struct: Struct): unknown {
  const value = struct[step.name];
  return value === undefined ? step.fallback : value;
}

function readTags(reader: WireReader, tagged: readonly Step[], into: Struct): void {
  const count = reader.uvarint();
  for (let index = 0; index < count; index++) {
    const tag = reader.uvarint();
    const size = reader.uvarint();
    const at = reader.take(size);
    const step = tagged.find(({ spec }) => spec.tag === tag);
    if (step === undefined) continue;
    const end = reader.end;
    reader.at = at;
    reader.end = at + size;
    into[step.name] = step.codec.read(reader);
    if (reader.at !== reader.end) reader.fail(`tag ${tag} is longer than its field`);
    reader.end = end;
  }
}

function tagsSize(tagged: readonly Step[], struct: Struct): number {
  let count = 0;
  let bytes = 0;
  for (const step of tagged) {
    if (!isSaid(step, struct)) continue;
    const size = step.codec.size(struct[step.name]);
    bytes += uvarintBytes(step.spec.tag) + uvarintBytes(size) + size;
    count++;
  }
  return uvarintBytes(count) + bytes;
}

function writeTags(writer: WireWriter, tagged: readonly Step[], struct: Struct): void {
  let count = 0;
  for (const step of tagged) if (isSaid(step, struct)) count++;
  writer.uvarint(count);
  for (const step of tagged) {
    if (!isSaid(step, struct)) continue;
    const value = struct[step.name];
    writer.uvarint(step.spec.tag);
    writer.uvarint(step.codec.size(value));
    step.codec.write(writer, value);
  }
}

/** Has the struct a value for the step, other than its default? */
function isSaid(step: Step, struct: Struct): boolean {
  const value = struct[step.name];
  return value !== undefined && value !== step.fallback && !isDefault(step.spec, value);
}

function refuseUnlessDefault(step: Step, struct: Struct, version: number): void {
  if (isSaid(step, struct)) throw new Error(`version ${version} can't carry ${step.name}`);
}

/** What an absent field is read as. Shared by all readers, hence frozen where that matters. */
function defaultOf(spec: FieldSpec): unknown {
  if (spec.fallback !== undefined) return spec.kind === 'array' && spec.fallback !== null ? NOTHING : spec.fallback;
  switch (spec.kind) {
    case 'bool':
      return false;
    case 'string':
    case 'uuid':
      return '';
    case 'bytes':
    case 'records':
      return NO_BYTES;
    case 'array':
      return NOTHING;
    case 'struct': {
      const fields = Object.entries(spec.shape as Shape);
      return Object.freeze(Object.fromEntries(fields.map(([name, { spec: inner }]) => [name, defaultOf(inner)])));
    }
    default:
      return 0;
  }
}

function isDefault(spec: FieldSpec, value: unknown): boolean {
  if (spec.kind === 'array' && value !== null && spec.fallback !== null) return (value as unknown[]).length === 0;
  if (spec.kind !== 'struct' || value === null || spec.fallback === null) return value === defaultOf(spec);
  const struct = value as Struct;
  return Object.entries(spec.shape as Shape).every(([name, { spec: inner }]) => {
    const part = struct[name];
    return part === undefined || isDefault(inner, part);
  });
}
