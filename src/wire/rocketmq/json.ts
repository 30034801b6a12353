/**
 * JSON as RocketMQ's bodies have it: standard, and in the dialect of the library that Java uses, which writes keys
 * that are no texts as they are.
 *
 *     {"brokerAddrs":{0:"127.0.0.1:10911"}}                                    a number as a key
 *     {"offsetTable":{{"brokerName":"a","queueId":0,"topic":"t"}:{...}}}        an object as a key
 *
 * Nesting and the number of objects have limits, so a body costs no more memory than a small multiple of its bytes.
 * Whatever is wrong is a RocketmqWireError. An object is a JsonObject and not a plain one: so no name can mean anything
 * to JavaScript, and objects can be keys.
 */
import { RESPONSE } from './response-codes.ts';
import { RocketmqWireError } from './wire-error.ts';

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

export class JsonObject {
  /** Members whose key is a text or a number. */
  readonly members = new Map<string, JsonValue>();
  /** Members whose key is an object. */
  pairs: (readonly [JsonObject, JsonValue])[] | null = null;
}

const DEPTH_MAX = 32;
const CONTAINERS_MAX = 200_000;
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
/** Characters until the end of a text or something that needs care. */
const PLAIN = /[^"\\]*/y;
const SPACE = /[ \t\r\n]*/y;
const HEX = /^[0-9a-fA-F]{4}$/;
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["'", "'"],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);
const WORDS: readonly (readonly [string, JsonValue])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

export function parseJson(text: string): JsonValue {
  const parser = new Parser(text);
  const value = parser.value(0);
  parser.end();
  return value;
}

class Parser {
  readonly #text: string;
  #at = 0;
  #containers = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): JsonValue {
    const next = this.#peek();
    if (next === '"') return this.#string();
    if (next === '{') return this.#object(depth);
    if (next === '[') return this.#array(depth);
    for (const [word, value] of WORDS) {
      if (!this.#text.startsWith(word, this.#at)) continue;
      this.#at += word.length;
      return value;
    }
    return Number(this.#number());
  }

  end(): void {
    if (this.#peek() !== '') this.#fail('goes on behind its end');
  }

  #object(depth: number): JsonObject {
    this.#enter(depth);
    const object = new JsonObject();
    if (this.#peek() === '}') {
      this.#at++;
      return object;
    }
    do this.#member(object, depth + 1);
    while (this.#another('}'));
    return object;
  }

  #member(object: JsonObject, depth: number): void {
    const next = this.#peek();
    const key = next === '{' ? this.#object(depth) : next === '"' ? this.#string() : this.#number();
    if (this.#peek() !== ':') this.#fail('lacks a colon');
    this.#at++;
    const value = this.value(depth);
    if (typeof key === 'string') {
      object.members.set(key, value);
      return;
    }
    object.pairs ??= [];
    object.pairs.push([key, value]);
  }

  #array(depth: number): readonly JsonValue[] {
    this.#enter(depth);
    const array: JsonValue[] = [];
    if (this.#peek() === ']') {
      this.#at++;
      return array;
    }
    do array.push(this.value(depth + 1));
    while (this.#another(']'));
    return array;
  }

  #enter(depth: number): void {
    if (depth >= DEPTH_MAX) this.#fail(`is nested more than ${DEPTH_MAX} deep`);
    if (++this.#containers > CONTAINERS_MAX) this.#fail(`has more than ${CONTAINERS_MAX} objects and lists`);
    this.#at++;
  }

  /** Is there a comma, rather than the end? */
  #another(end: string): boolean {
    const next = this.#peek();
    if (next !== ',' && next !== end) this.#fail('lacks a comma');
    this.#at++;
    return next === ',';
  }

  #string(): string {
    const start = this.#at + 1;
    let text = this.#run(start);
    for (;;) {
      const next = this.#text[this.#at];
      if (next === undefined) this.#fail('is cut off in a text');
      this.#at++;
      if (next === '"') return text;
      text += this.#escape();
      text += this.#run(this.#at);
    }
  }

  /** The plain characters from `start` on. */
  #run(start: number): string {
    PLAIN.lastIndex = start;
    PLAIN.test(this.#text);
    this.#at = PLAIN.lastIndex;
    return this.#text.slice(start, this.#at);
  }

  #escape(): string {
    const letter = this.#text[this.#at++] ?? '';
    if (letter !== 'u') return ESCAPES.get(letter) ?? this.#fail('has an unknown escape');
    const digits = this.#text.slice(this.#at, this.#at + 4);
    if (!HEX.test(digits)) this.#fail('has an escape that is not hexadecimal');
    this.#at += 4;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  #number(): string {
    NUMBER.lastIndex = this.#at;
    if (!NUMBER.test(this.#text)) this.#fail('has something that is no value');
    const digits = this.#text.slice(this.#at, NUMBER.lastIndex);
    this.#at = NUMBER.lastIndex;
    return digits;
  }

  /** The next character that is no space, or '' at the end. */
  #peek(): string {
    SPACE.lastIndex = this.#at;
    SPACE.test(this.#text);
    this.#at = SPACE.lastIndex;
    return this.#text[this.#at] ?? '';
  }

  #fail(what: string): never {
    throw new RocketmqWireError(`the JSON body ${what}, at character ${this.#at}`, RESPONSE.INVALID_PARAMETER);
  }
}
