/**
 * The fields of Kafka's protocol before its "flexible" versions, big-endian, as a load generator needs them: written
 * ahead of time, and read from the answers to a handful of requests. Nothing here is on the way of a message.
 *
 * Written apart from `src/wire`: a generator that shared the broker's codec would share its mistakes.
 *
 *     request   | i32 length | i16 api | i16 version | i32 correlation | string client | body |
 *     answer    | i32 length | i32 correlation | body |
 */

export const PRODUCE = 0;
export const FETCH = 1;
export const LIST_OFFSETS = 2;
export const METADATA = 3;
export const API_VERSIONS = 18;
export const CREATE_TOPICS = 19;
export const DELETE_TOPICS = 20;
export const INIT_PRODUCER_ID = 22;

const CLIENT = 'bench';
/** Where the correlation id of a request lies. */
export const CORRELATION_AT = 8;

export const i8 = (value: number): Buffer => Buffer.from([value & 0xff]);

export const i16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
};

export const i32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};

export const i64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
};

export const string = (text: string): Buffer => Buffer.concat([i16(Buffer.byteLength(text)), Buffer.from(text)]);

export const NULL_STRING = i16(-1);

export const array = (...items: Buffer[]): Buffer => Buffer.concat([i32(items.length), ...items]);

export function request(api: number, version: number, correlation: number, ...body: Buffer[]): Buffer {
  const rest = Buffer.concat([i16(api), i16(version), i32(correlation), string(CLIENT), ...body]);
  return Buffer.concat([i32(rest.length), rest]);
}

/** Reads one answer's fields in order; running over its end throws a RangeError. */
export class Fields {
  private readonly bytes: Buffer;
  private at = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  i16(): number {
    this.at += 2;
    return this.bytes.readInt16BE(this.at - 2);
  }

  i32(): number {
    this.at += 4;
    return this.bytes.readInt32BE(this.at - 4);
  }

  i64(): number {
    this.at += 8;
    return Number(this.bytes.readBigInt64BE(this.at - 8));
  }

  /** Also a null one, as an empty text. */
  string(): string {
    const length = Math.max(0, this.i16());
    this.at += length;
    return this.bytes.toString('utf8', this.at - length, this.at);
  }

  array<T>(item: () => T): T[] {
    return Array.from({ length: Math.max(0, this.i32()) }, item);
  }

  skip(bytes: number): void {
    this.at += bytes;
  }
}
