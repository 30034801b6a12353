/**
 * Seeded values for the generated tests: the same seed gives the same message.
 *
 * A field that the version lacks has its default, since that is what comes back; and text is well formed UTF-16, since
 * nothing else survives UTF-8.
 */
import type { FieldSpec, Shape } from '../../../src/wire/kafka/schema.ts';

const INT64_EDGES = [0, -1, -2, 1, 2 ** 31, 2 ** 32, -(2 ** 32), 2 ** 53 - 1, -(2 ** 53) + 1, 2 ** 63, -(2 ** 63)];
const ALPHABET = ['a', 'b', 'c', 'X', '0', '-', '.', '_', ' ', 'ä', 'ß', '€', '漢', '😀'];

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

  /** One call in `times` says true. */
  once(times: number): boolean {
    return this.int(times) === 0;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.int(values.length)] as T;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.int(256));
  }

  text(lengthMax = 20): string {
    const text = Array.from({ length: this.int(lengthMax) }, () => this.pick(ALPHABET)).join('');
    return this.once(30) ? text.padEnd(200, 'x') : text;
  }

  signed(bits: number): number {
    return this.once(4) ? -1 : this.int(2 ** bits) - 2 ** (bits - 1);
  }
}

/** A value for every field of the shape. `elementsMax` bounds each array. */
export function randomStruct(random: Random, shape: Shape, version: number, elementsMax = 3): Record<string, unknown> {
  const entries = Object.entries(shape).map(([name, { spec }]) => [
    name,
    randomField(random, spec, version, elementsMax),
  ]);
  return Object.fromEntries(entries);
}

function randomField(random: Random, spec: FieldSpec, version: number, elementsMax: number): unknown {
  if (version < spec.since || version > spec.until) return defaultOf(spec);
  if (version >= spec.nullableSince && random.once(4)) return null;
  switch (spec.kind) {
    case 'bool':
      return random.once(2);
    case 'int8':
      return random.signed(8);
    case 'int16':
      return random.signed(16);
    case 'int32':
      return random.signed(32);
    case 'int64':
      return random.once(2) ? random.pick(INT64_EDGES) : random.int(2 ** 21) * 2 ** 32 + random.int(2 ** 32);
    case 'uuid':
      return random.once(4) ? '' : Buffer.from(random.bytes(16)).toString('hex');
    case 'string':
      return random.text();
    case 'bytes':
    case 'records':
      return random.bytes(random.once(10) ? 300 : random.int(20));
    case 'array': {
      const length = random.int(elementsMax + 1);
      const element = spec.element as FieldSpec;
      return Array.from({ length }, () => randomField(random, element, version, Math.max(1, elementsMax - 1)));
    }
    case 'struct':
      return randomStruct(random, spec.shape as Shape, version, elementsMax);
  }
}

/** What reading gives for an absent field, said once more and independently of the codec. */
export function defaultOf(spec: FieldSpec): unknown {
  if (spec.fallback !== undefined) return spec.fallback;
  switch (spec.kind) {
    case 'bool':
      return false;
    case 'string':
    case 'uuid':
      return '';
    case 'bytes':
    case 'records':
      return new Uint8Array(0);
    case 'array':
      return [];
    case 'struct':
      return Object.fromEntries(
        Object.entries(spec.shape as Shape).map(([name, { spec: inner }]) => [name, defaultOf(inner)]),
      );
    default:
      return 0;
  }
}

/** The same with ranges as the bytes that they show, for comparing. */
export function withBytes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withBytes);
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value;
  const range = value as { bytes?: Uint8Array; start?: number; end?: number };
  if (range.bytes instanceof Uint8Array && range.start !== undefined)
    return new Uint8Array(range.bytes.subarray(range.start, range.end));
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, withBytes(part)]));
}
