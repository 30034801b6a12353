/**
 * Seeded values for the generated tests: the same seed gives the same message.
 */
const ALPHABET = [
  'a',
  'Z',
  '0',
  '-',
  '_',
  '%',
  ' ',
  '"',
  '\\',
  '/',
  '\n',
  '\x01',
  '\x02',
  '\x7f',
  'ä',
  '€',
  '漢',
  '😀',
];

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

  bytes(length: number): Buffer {
    return Buffer.from(Uint8Array.from({ length }, () => this.int(256)));
  }

  /** Not empty, and well formed UTF-16, since nothing else survives UTF-8. */
  text(lengthMax = 20): string {
    return Array.from({ length: 1 + this.int(lengthMax) }, () => this.pick(ALPHABET)).join('');
  }

  int32(): number {
    return this.pick([0, 1, -1, 0x7fff_ffff, -0x8000_0000, this.int(1000), this.int(2 ** 32) - 2 ** 31]);
  }

  int64(): number {
    const large = this.int(2 ** 21) * 2 ** 32 + this.int(2 ** 32);
    return this.pick([0, -1, 2 ** 31, -(2 ** 32) - 5, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, large, -large]);
  }
}
