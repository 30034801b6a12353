/**
 * An API of the protocol: its key, its versions, and the two descriptions from which everything else is made.
 *
 * `min` to `max` is what we serve, and what is compiled; `advertisedMin` is what ApiVersions says, lower for Produce
 * alone. From version `flexible` on (Infinity: never) messages are written compactly and carry tags.
 */
import { compileStruct } from './codec.ts';
import type { Codec } from './primitives.ts';
import type { ReadShape, Shape, WrittenShape } from './schema.ts';

export interface ApiDefinition<Q extends Shape, S extends Shape> {
  readonly key: number;
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly advertisedMin?: number;
  readonly flexible: number;
  readonly request: Q;
  readonly response: S;
}

type BodyCodec = Codec<Record<string, unknown>>;

export class Api<Q extends Shape = Shape, S extends Shape = Shape> {
  readonly key: number;
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly advertisedMin: number;
  readonly flexible: number;
  readonly request: Q;
  readonly response: S;
  readonly #requests: (BodyCodec | undefined)[] = [];
  readonly #responses: (BodyCodec | undefined)[] = [];

  constructor(definition: ApiDefinition<Q, S>) {
    this.key = definition.key;
    this.name = definition.name;
    this.min = definition.min;
    this.max = definition.max;
    this.advertisedMin = definition.advertisedMin ?? definition.min;
    this.flexible = definition.flexible;
    this.request = definition.request;
    this.response = definition.response;
  }

  serves(version: number): boolean {
    return version >= this.min && version <= this.max;
  }

  isFlexible(version: number): boolean {
    return version >= this.flexible;
  }

  /** The codec of a request's body in a version that is served. */
  requestCodec(version: number): BodyCodec {
    this.#requests[version] ??= this.#compile(this.request, version);
    return this.#requests[version];
  }

  responseCodec(version: number): BodyCodec {
    this.#responses[version] ??= this.#compile(this.response, version);
    return this.#responses[version];
  }

  #compile(shape: Shape, version: number): BodyCodec {
    if (!this.serves(version)) throw new Error(`${this.name} has no version ${version}`);
    return compileStruct(shape, version, this.isFlexible(version));
  }
}

/** A request as it is read: every field, in every version. */
export type RequestOf<A> = A extends Api<infer Q, Shape> ? ReadShape<Q> : never;
/** A response as it is written: fields that not all versions have, and those with a default, may be left out. */
export type ResponseOf<A> = A extends Api<Shape, infer S> ? WrittenShape<S> : never;
/** The other two directions, a client's. */
export type WrittenRequestOf<A> = A extends Api<infer Q, Shape> ? WrittenShape<Q> : never;
export type ReadResponseOf<A> = A extends Api<Shape, infer S> ? ReadShape<S> : never;
