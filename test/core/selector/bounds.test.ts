/**
 * Bounds: the declared limits, and that no text at all makes the parser do anything but parse or refuse.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CoreError } from '../../../src/core/errors.ts';
import type { Dialect } from '../../../src/core/selector/dialect.ts';
import type { Value } from '../../../src/core/value.ts';
import { Random } from '../../simulation/random.ts';
import { double, headers, int, long, parsed, refusal } from './kit.ts';

describe('limits', () => {
  test('characters', () => {
    assert.match(refusal('a = 1', 'jms', { selectorCharactersMax: 4 }), /LIMIT.*selectorCharactersMax/);
    assert.ok(parsed('a = 1', 'jms', { selectorCharactersMax: 5 }));
  });

  test('depth of what nests, and of what only grows to the left', () => {
    const nested: readonly ((depth: number) => string)[] = [
      (depth) => `${'('.repeat(depth)}a${')'.repeat(depth)}`,
      (depth) => `${'NOT '.repeat(depth)}a`,
      (depth) => `${'-'.repeat(depth)}a = 1`,
      (depth) => `${'+'.repeat(depth)}a = 1`,
      (depth) => `a${' + a'.repeat(depth)} = 1`,
      (depth) => `a${' * a'.repeat(depth)} = 1`,
      (depth) => `a${' = a'.repeat(depth)}`,
      (depth) => `a${' IS NOT NULL'.repeat(depth)}`,
      (depth) => `a${" LIKE 'x'".repeat(depth)}`,
    ];
    for (const make of nested) {
      assert.match(
        refusal(make(10_000), 'jms', { selectorCharactersMax: 1_000_000 }),
        /LIMIT selectorDepthMax|LIMIT limit/,
      );
      assert.equal(typeof parsed(make(50)).matches(new Map()), 'boolean');
    }
  });

  test('terms', () => {
    const row = (count: number): string => Array.from({ length: count }, (_, index) => `a = ${index}`).join(' OR ');
    assert.equal(parsed(row(1000)).matches(headers({ a: int(999) })), true);
    assert.match(refusal(row(2000)), /selectorTermsMax/);
    const list = (count: number): string => `a IN (${Array.from({ length: count }, () => "'x'").join(',')})`;
    assert.match(refusal(list(5000)), /selectorTermsMax/);
  });

  test('patterns', () => {
    assert.match(refusal(`a LIKE '${'_'.repeat(1025)}'`), /selectorPatternCharactersMax/);
    assert.ok(parsed(`a LIKE '${'_'.repeat(1024)}'`));
  });
});

const PIECES = [
  ...['a', 'b', 'flag', 'NOT', 'AND', 'OR', 'BETWEEN', 'LIKE', 'ESCAPE', 'IN', 'IS', 'NULL', 'TRUE', 'FALSE', 'XPATH'],
  ...[
    'CONTAINS',
    'STARTSWITH',
    "'x'",
    "'%a_'",
    "''",
    "'",
    '5',
    '5L',
    '0x',
    '0x1F',
    '07',
    '08',
    '.5',
    '5.',
    '1E5',
    '1E',
  ],
  ...[
    '=',
    '<>',
    '<',
    '<=',
    '>',
    '>=',
    '+',
    '-',
    '*',
    '/',
    '%',
    '(',
    ')',
    ',',
    '--',
    '/*',
    '*/',
    '\n',
    '!',
    '\u{1F600}',
  ],
  ...['9223372036854775808', '9223372036854775807', 'convert_string_expressions:', '"', ';', '\\', '\u0000', 'é'],
];

describe('any text', () => {
  const values: readonly Value[] = [
    null,
    true,
    'x',
    '5',
    int(0),
    long(2n ** 63n - 1n),
    double(1.5),
    Uint8Array.of(1),
    [],
  ];

  for (const dialect of ['jms', 'activemq', 'rocketmq'] satisfies Dialect[]) {
    test(`${dialect}: is a selector or a CoreError`, () => {
      let accepted = 0;
      for (let seed = 1; seed <= 30_000; seed++) {
        const random = new Random(seed);
        const length = 1 + random.below(12);
        const text = Array.from({ length }, () => PIECES[random.below(PIECES.length)]).join(
          random.below(4) === 0 ? '' : ' ',
        );
        try {
          const selector = parsed(text, dialect);
          const at = (offset: number): Value => values[(seed + offset) % values.length] as Value;
          const result = selector.matches(headers({ a: at(0), b: at(4), flag: at(7) }));
          assert.equal(typeof result, 'boolean');
          accepted++;
        } catch (error) {
          assert.ok(error instanceof CoreError, `seed ${seed}: ${text}: ${error}`);
        }
      }
      assert.ok(accepted > 100, `only ${accepted} were selectors`);
    });
  }

  test('a whole selector cut at every character', () => {
    const text = "NOT (a + 1.5E2 > -b) AND c LIKE 'x!%' ESCAPE '!' OR d IN ('it''s', 'b') AND e BETWEEN 0x1F AND 5L";
    for (let cut = 0; cut < text.length; cut++) {
      try {
        parsed(text.slice(0, cut));
      } catch (error) {
        assert.ok(error instanceof CoreError, `cut at ${cut}: ${error}`);
      }
    }
  });
});
