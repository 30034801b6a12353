/**
 * A stored STOMP message, and how one is written.
 *
 *     [flags u8][exchange: length u8, text][key: length u16, text]
 *     [headers u16]([name: length u16, text][value: length u16, text])*[body]
 *
 * Names and values are UTF-8 without the escapes of any version: the reader's version may be another. Flag 1: the body
 * came with a length, so it may hold anything; else it is text.
 */
import { copyBytes } from '../../bytes/copy.ts';
import { readU16, writeU16 } from '../../bytes/numbers.ts';
import { readText, textBytes, writeText } from '../../bytes/text.ts';
import type { Message } from '../../core/message.ts';

/** On disk: never to be given to another format. */
export const STOMP_FORMAT = 5;

const FLAG_BINARY = 1;
/** Flags, two lengths of names, the number of headers. */
const FIXED_BYTES = 6;
const HEADER_BYTES = 4;
const NOTHING = new Uint8Array(0);

export type HeaderPair = readonly [name: string, value: string];

export class Publication implements Message {
  readonly format = STOMP_FORMAT;
  readonly count = 1;
  persistent = false;
  priority = 0;
  timestamp = 0;
  expiresAt = 0;
  length = 0;

  #exchange = '';
  #key = '';
  #binary = false;
  #headers: readonly HeaderPair[] = [];
  #body: Uint8Array = NOTHING;
  #bodyStart = 0;
  #bodyEnd = 0;

  /** The body is `bytes[start, end)`, which stays where it is until the message was written. */
  point(
    exchange: string,
    key: string,
    headers: readonly HeaderPair[],
    binary: boolean,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): this {
    this.#exchange = exchange;
    this.#key = key;
    this.#headers = headers;
    this.#binary = binary;
    this.#body = bytes;
    this.#bodyStart = start;
    this.#bodyEnd = end;
    let length = FIXED_BYTES + textBytes(exchange) + textBytes(key) + end - start;
    for (const [name, value] of headers) length += HEADER_BYTES + textBytes(name) + textBytes(value);
    this.length = length;
    return this;
  }

  write(target: Uint8Array, start: number): void {
    const exchangeBytes = textBytes(this.#exchange);
    target[start] = this.#binary ? FLAG_BINARY : 0;
    target[start + 1] = exchangeBytes;
    let at = start + 2;
    writeText(target, at, this.#exchange, exchangeBytes);
    at = writeLong(target, at + exchangeBytes, this.#key);
    writeU16(target, at, this.#headers.length);
    at += 2;
    for (const [name, value] of this.#headers) at = writeLong(target, writeLong(target, at, name), value);
    copyBytes(this.#body, this.#bodyStart, this.#bodyEnd, target, at);
  }
}

function writeLong(target: Uint8Array, at: number, text: string): number {
  const length = textBytes(text);
  writeU16(target, at, length);
  writeText(target, at + 2, text, length);
  return at + 2 + length;
}

export interface StoredMessage {
  readonly binary: boolean;
  readonly exchange: string;
  readonly key: string;
  readonly headers: readonly HeaderPair[];
  readonly bodyAt: number;
}

export function readStored(bytes: Uint8Array, start: number): StoredMessage {
  const exchangeEnd = start + 2 + (bytes[start + 1] as number);
  const keyEnd = exchangeEnd + 2 + readU16(bytes, exchangeEnd);
  const headers: HeaderPair[] = [];
  let at = keyEnd + 2;
  for (let left = readU16(bytes, keyEnd); left > 0; left--) {
    const nameEnd = at + 2 + readU16(bytes, at);
    const valueEnd = nameEnd + 2 + readU16(bytes, nameEnd);
    headers.push([readText(bytes, at + 2, nameEnd), readText(bytes, nameEnd + 2, valueEnd)]);
    at = valueEnd;
  }
  return {
    binary: ((bytes[start] as number) & FLAG_BINARY) !== 0,
    exchange: readText(bytes, start + 2, exchangeEnd),
    key: readText(bytes, exchangeEnd + 2, keyEnd),
    headers,
    bodyAt: at,
  };
}
