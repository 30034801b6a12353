/**
 * RocketMQ's frames with binary headers, as the shipped load programs send them.
 *
 *     int32 length of what follows · int32 type 1 in the top byte, header length below it · header · body
 *     header: int16 code · int8 language · int16 version · int32 opaque · int32 flag · int32 + remark
 *             · int32 length of all fields · per field int16 + name, int32 + value
 *
 * A load writes the same command a million times, so `Template` keeps one encoded and only overwrites digits in it.
 */

const SERIALIZED_BINARY = 1;
const LANGUAGE_OTHER = 7;
const VERSION_5_3_3 = 479;

export const CODES = {
  query: 12,
  createTopic: 17,
  maxOffset: 30,
  endTransaction: 37,
  route: 105,
  send: 310,
} as const;

export type Fields = Readonly<Record<string, string | number | boolean>>;

export interface CommandOptions {
  opaque?: number;
  body?: Buffer;
}

export function encode(code: number, fields: Fields, { opaque = 0, body }: CommandOptions = {}): Buffer {
  const encodedFields = Object.entries(fields).map(([name, value]) => {
    const text = Buffer.from(String(value));
    const field = Buffer.alloc(2 + name.length + 4 + text.length);
    field.writeInt16BE(name.length, 0);
    field.write(name, 2, 'latin1');
    field.writeInt32BE(text.length, 2 + name.length);
    text.copy(field, 6 + name.length);
    return field;
  });
  const all = Buffer.concat(encodedFields);
  const fixed = Buffer.alloc(29);
  const headerBytes = fixed.length - 8 + all.length;
  fixed.writeInt32BE(4 + headerBytes + (body?.length ?? 0), 0);
  fixed.writeInt32BE((SERIALIZED_BINARY << 24) | headerBytes, 4);
  fixed.writeInt16BE(code, 8);
  fixed.writeInt8(LANGUAGE_OTHER, 10);
  fixed.writeInt16BE(VERSION_5_3_3, 11);
  fixed.writeInt32BE(opaque, OPAQUE_AT);
  fixed.writeInt32BE(0, 17); // a request that is answered
  fixed.writeInt32BE(0, 21); // no remark
  fixed.writeInt32BE(all.length, 25);
  return Buffer.concat(body === undefined ? [fixed, all] : [fixed, all, body]);
}

const OPAQUE_AT = 13;

/** A command of which each copy has other digits here and there. */
export class Template {
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** Where a text is in it that is there once. */
  find(text: string): number {
    const at = this.bytes.indexOf(text);
    if (at < 0 || this.bytes.indexOf(text, at + 1) >= 0) throw new Error(`${text} is not there just once`);
    return at;
  }

  opaque(value: number): void {
    this.bytes.writeInt32BE(value, OPAQUE_AT);
  }

  /** A decimal number, filled up with zeros to so many digits. */
  digits(at: number, width: number, value: number): void {
    let left = value;
    for (let i = at + width - 1; i >= at; i--) {
      this.bytes[i] = 48 + (left % 10);
      left = Math.floor(left / 10);
    }
  }
}

interface JsonHeader {
  code: number;
  opaque: number;
  extFields?: Record<string, string>;
}

/** One answer, read where it lies: valid only while its bytes are. */
export class Answer {
  code = 0;
  opaque = 0;
  private bytes: Buffer = Buffer.alloc(0);
  private fieldsAt = 0;
  private fieldsEnd = 0;
  private bodyAt = 0;
  private end = 0;
  private json: JsonHeader | undefined;

  /** `at` is behind the length of the frame. */
  read(bytes: Buffer, at: number, end: number): void {
    const word = bytes.readInt32BE(at);
    const header = at + 4;
    this.bytes = bytes;
    this.bodyAt = header + (word & 0xffffff);
    this.end = end;
    this.json = undefined;
    if (word >>> 24 === SERIALIZED_BINARY) {
      this.code = bytes.readInt16BE(header);
      this.opaque = bytes.readInt32BE(header + 5);
      const remarkBytes = bytes.readInt32BE(header + 13);
      this.fieldsAt = header + 21 + remarkBytes;
      this.fieldsEnd = this.fieldsAt + bytes.readInt32BE(header + 17 + remarkBytes);
      return;
    }
    const json = JSON.parse(bytes.toString('utf8', header, this.bodyAt)) as JsonHeader;
    this.json = json;
    this.code = json.code;
    this.opaque = json.opaque;
  }

  field(name: string): string | undefined {
    if (this.json !== undefined) return this.json.extFields?.[name];
    const { bytes } = this;
    for (let at = this.fieldsAt; at < this.fieldsEnd; ) {
      const nameBytes = bytes.readInt16BE(at);
      const valueAt = at + 2 + nameBytes + 4;
      const valueBytes = bytes.readInt32BE(valueAt - 4);
      if (bytes.toString('latin1', at + 2, at + 2 + nameBytes) === name) {
        return bytes.toString('utf8', valueAt, valueAt + valueBytes);
      }
      at = valueAt + valueBytes;
    }
    return undefined;
  }

  body(): string {
    return this.bytes.toString('utf8', this.bodyAt, this.end);
  }
}
