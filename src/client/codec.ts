/**
 * Between values and bytes. The content type goes along as a header; nothing else is added to the payload.
 */
import { isUtf8 } from 'node:buffer';

/** Turns values into bytes and back. */
export interface Codec<Value = unknown> {
  /** What the header `content-type` says; empty: nothing. */
  readonly contentType: string;
  encode(value: Value): Uint8Array;
  /** Throws if the bytes are no such value. */
  decode(bytes: Uint8Array): Value;
}

function textOf(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw new TypeError('no UTF-8');
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}

/** JSON, UTF-8; the default. */
export const json: Codec = {
  contentType: 'application/json',
  encode(value) {
    const text = JSON.stringify(value);
    if (text === undefined) throw new TypeError(`JSON has no ${typeof value}`);
    return Buffer.from(text);
  },
  decode: (bytes) => JSON.parse(textOf(bytes)),
};

/** Text, UTF-8. */
export const text: Codec<string> = {
  contentType: 'text/plain; charset=utf-8',
  encode: (value) => Buffer.from(value),
  decode: textOf,
};

/** Bytes as they are. */
export const bytes: Codec<Uint8Array> = {
  contentType: 'application/octet-stream',
  encode: (value) => value,
  decode: (value) => value,
};
