/**
 * Seeded values for the generated tests: the same seed gives the same run.
 */
import type { FieldType, MethodSchema } from '../../../src/wire/amqp091/schema.ts';
import type { NumberType, Table, Value } from '../../../src/wire/amqp091/values.ts';

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 to `below` - 1. */
  int(below: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.#state / 0x1_0000_0000) * below);
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.int(256));
  }

  text(lengthMax = 20): string {
    return Array.from({ length: this.int(lengthMax) }, () => 'abcxyz-._ äß€漢😀'.at(this.int(14)) ?? '?')
      .join('')
      .toWellFormed();
  }
}

const integers = (min: bigint, max: bigint) => [min, max, 0n, 1n];
/** The edges of each number type. */
export const EDGES: Readonly<Record<NumberType, readonly (number | bigint)[]>> = {
  int8: integers(-128n, 127n),
  uint8: integers(0n, 255n),
  int16: integers(-32768n, 32767n),
  uint16: integers(0n, 65535n),
  int32: integers(-(2n ** 31n), 2n ** 31n - 1n),
  uint32: integers(0n, 2n ** 32n - 1n),
  int64: [...integers(-(2n ** 63n), 2n ** 63n - 1n), 2n ** 53n, -(2n ** 53n) + 1n],
  timestamp: integers(0n, 2n ** 64n - 1n),
  float: [0, 1.5, -2.25, 2 ** 100, Number.POSITIVE_INFINITY],
  double: [0, 1.1, -1e300, Number.MIN_VALUE, Number.NEGATIVE_INFINITY],
  decimal: integers(-(2n ** 31n), 2n ** 31n - 1n),
};

function asRead(value: number | bigint): number | bigint {
  const small = Number(value);
  return typeof value === 'bigint' && !Number.isSafeInteger(small) ? value : small;
}

/** One value of every kind, numbers at every edge. */
export function everyValue(): Value[] {
  const numbers = Object.entries(EDGES).flatMap(([type, values]) =>
    values.map((value) => ({ type: type as NumberType, value: asRead(value), scale: type === 'decimal' ? 3 : 0 })),
  );
  return [
    null,
    true,
    false,
    '',
    'text äß€😀',
    'x'.repeat(1000),
    new Uint8Array(0),
    Uint8Array.of(0, 206, 255),
    ...numbers,
    [],
    [null, 'a', [true]],
    new Map(),
    new Map<string, Value>([
      [
        'inner',
        new Map<string, Value>([['deep', [1, 2].map((value) => ({ type: 'int16', value, scale: 0 }) as const)]]),
      ],
    ]),
  ];
}

export function everyTable(): Table {
  return new Map(everyValue().map((value, index) => [`key ${index}`, value]));
}

export function fieldValue(random: Random, type: FieldType): unknown {
  switch (type) {
    case 'bit':
      return random.int(2) === 1;
    case 'octet':
      return random.int(256);
    case 'short':
      return random.int(65536);
    case 'long':
      return random.int(2 ** 32);
    case 'longlong':
    case 'timestamp':
      return random.int(2 ** 21) * 2 ** 32 + random.int(2 ** 32);
    case 'shortstr':
      return random.text();
    case 'longstr':
      return random.bytes(random.int(50));
    case 'table':
      return new Map(
        everyValue()
          .filter(() => random.int(8) === 0)
          .map((value, index) => [`k${index}`, value]),
      );
  }
}

export function methodValues(random: Random, schema: MethodSchema): Record<string, unknown> {
  const entries = Object.entries(schema.fields).filter(([name]) => !name.startsWith('reserved'));
  return Object.fromEntries(entries.map(([name, type]) => [name, fieldValue(random, type)]));
}
