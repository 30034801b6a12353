/**
 * The properties of a message, one by one or all together, as values of the core.
 */
import { Num, type Table, type Value } from '../../core/value.ts';
import type { MessageLook } from '../../wire/openwire/message-look.ts';
import { defaultPrimitiveLimits, type NumberType, PrimitiveReader } from '../../wire/openwire/primitives.ts';

/** Makes numbers of the core's class. */
export class ValueReader extends PrimitiveReader {
  constructor(bytes: Uint8Array, start: number, end: number) {
    super(bytes, start, end, defaultPrimitiveLimits);
  }

  protected override number(type: NumberType, value: number | bigint): Num {
    return new Num(type, value);
  }
}

/** Undefined for a property that is not there, and in a message whose properties can't be read. */
export function propertyOf(look: MessageLook, name: string): Value | undefined {
  if (!look.range('marshalledProperties')) return undefined;
  try {
    return new ValueReader(look.bytes, look.rangeStart, look.rangeEnd).find(name) as Value | undefined;
  } catch {
    return undefined;
  }
}

/** Throws an OpenWireError for what is no map. */
export function propertiesOf(look: MessageLook): Table {
  if (!look.range('marshalledProperties')) return new Map();
  return (new ValueReader(look.bytes, look.rangeStart, look.rangeEnd).map() ?? new Map()) as Table;
}
