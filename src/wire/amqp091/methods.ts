/**
 * Methods: payload bytes to typed objects and back, driven by the schema.
 *
 *     payload of a method frame   [class u16][method u16][fields ...]
 *
 * This is the road for everything but basic.publish, basic.deliver and basic.ack, which sessions read and write by
 * offset. Pure: no I/O, no state. Malformed bytes are a WireError, never another exception.
 */
import { FRAME_END, FRAME_METHOD, REPLY, WireError } from './constants.ts';
import { writeFrameHead } from './framer.ts';
import { type FieldType, type MethodName, type MethodSchema, SCHEMA } from './schema.ts';
import { type FieldReader, FieldWriter, type Table } from './values.ts';

/** What a field of each type is in TypeScript. 64-bit numbers beyond 2^53 lose their lowest bits. */
export interface FieldValues {
  bit: boolean;
  octet: number;
  short: number;
  long: number;
  longlong: number;
  timestamp: number;
  shortstr: string;
  longstr: Uint8Array;
  table: Table;
}
type Reserved = `reserved${number}`;
export type MethodFields<N extends MethodName> = {
  [F in Exclude<keyof (typeof SCHEMA)[N]['fields'], Reserved>]: (typeof SCHEMA)[N]['fields'][F] extends FieldType
    ? FieldValues[(typeof SCHEMA)[N]['fields'][F]]
    : never;
};
/** A decoded method; a union told apart by `name`. */
export type Method<N extends MethodName = MethodName> = { [K in N]: { readonly name: K } & MethodFields<K> }[N];

interface Plan {
  readonly name: MethodName;
  readonly id: readonly [number, number];
  readonly fields: readonly { readonly name: string; readonly type: FieldType; readonly reserved: boolean }[];
}

const plans = new Map<string, Plan>();
const plansById = new Map<number, Plan>();
for (const [name, schema] of Object.entries(SCHEMA) as [MethodName, MethodSchema][]) {
  const fields = Object.entries(schema.fields).map(([field, type]) => ({
    name: field,
    type,
    reserved: /^reserved\d$/.test(field),
  }));
  const plan: Plan = { name, id: schema.id, fields };
  plans.set(name, plan);
  plansById.set(methodKey(schema.id[0], schema.id[1]), plan);
}

/** One number for class and method. */
export function methodKey(classId: number, methodId: number): number {
  return classId * 0x1_0000 + methodId;
}

/** The name of a method, or null for ids that nobody has given. */
export function methodName(classId: number, methodId: number): MethodName | null {
  return plansById.get(methodKey(classId, methodId))?.name ?? null;
}

/** Decodes the payload that `reader` stands at. Bytes behind the last field are ignored, as other servers do. */
export function decodeMethod(reader: FieldReader): Method {
  const classId = reader.short();
  const methodId = reader.short();
  const plan = plansById.get(methodKey(classId, methodId));
  if (plan === undefined) throw new WireError(REPLY.notImplemented, `unknown method ${classId}.${methodId}`);
  const method: Record<string, unknown> = { name: plan.name };
  let bits = 0;
  let bit = 8;
  for (const field of plan.fields) {
    if (field.type === 'bit') {
      if (bit === 8) {
        bits = reader.octet();
        bit = 0;
      }
      if (!field.reserved) method[field.name] = (bits & (1 << bit)) !== 0;
      bit++;
      continue;
    }
    bit = 8;
    const value = readField(reader, field.type);
    if (!field.reserved) method[field.name] = value;
  }
  return method as Method;
}

/** A whole method frame. */
export function encodeMethod<N extends MethodName>(channel: number, name: N, values: MethodFields<N>): Uint8Array {
  const plan = plans.get(name) as Plan;
  const writer = new FieldWriter();
  writer.at = 7;
  writer.short(plan.id[0]);
  writer.short(plan.id[1]);
  let bit = 8;
  for (const field of plan.fields) {
    const value = field.reserved ? undefined : (values as Readonly<Record<string, unknown>>)[field.name];
    if (field.type === 'bit') {
      if (bit === 8) {
        writer.octet(0);
        bit = 0;
      }
      if (value === true) writer.bytes[writer.at - 1] = (writer.bytes[writer.at - 1] as number) | (1 << bit);
      bit++;
      continue;
    }
    bit = 8;
    writeField(writer, field.type, value);
  }
  writer.octet(FRAME_END);
  const frame = writer.finish();
  writeFrameHead(frame, 0, FRAME_METHOD, channel, frame.length - 8);
  return frame;
}

export function readField(reader: FieldReader, type: Exclude<FieldType, 'bit'>): FieldValues[FieldType] {
  switch (type) {
    case 'octet':
      return reader.octet();
    case 'short':
      return reader.short();
    case 'long':
      return reader.long();
    case 'longlong':
    case 'timestamp':
      return reader.longlong();
    case 'shortstr':
      return reader.shortstr();
    case 'longstr':
      return reader.longstr();
    case 'table':
      return reader.table();
  }
}

const NO_TABLE: Table = new Map();
const NO_BYTES = new Uint8Array(0);

/** Writes a field; an undefined value is written as the type's zero. */
export function writeField(writer: FieldWriter, type: Exclude<FieldType, 'bit'>, value: unknown): void {
  switch (type) {
    case 'octet':
      writer.octet((value as number | undefined) ?? 0);
      break;
    case 'short':
      writer.short((value as number | undefined) ?? 0);
      break;
    case 'long':
      writer.long((value as number | undefined) ?? 0);
      break;
    case 'longlong':
    case 'timestamp':
      writer.longlong((value as number | undefined) ?? 0);
      break;
    case 'shortstr':
      writer.shortstr((value as string | undefined) ?? '');
      break;
    case 'longstr':
      writer.longstr((value as Uint8Array | undefined) ?? NO_BYTES);
      break;
    case 'table':
      writer.table((value as Table | undefined) ?? NO_TABLE);
      break;
  }
}
