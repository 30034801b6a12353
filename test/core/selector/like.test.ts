/**
 * LIKE: the matcher against a plain table of all prefixes, and patterns that make a backtracking one run for ever.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LikePattern } from '../../../src/core/selector/like.ts';
import { Random } from '../../simulation/random.ts';

type Atom = { readonly any: boolean; readonly many: boolean; readonly character: string };

function atomsOf(pattern: string, escapeWith: string): Atom[] {
  const characters = [...pattern];
  const atoms: Atom[] = [];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] as string;
    const next = characters[at + 1];
    if (escapeWith !== '' && character === escapeWith && (next === '%' || next === '_' || next === escapeWith)) {
      atoms.push({ any: false, many: false, character: next });
      at++;
    } else atoms.push({ any: character === '_', many: character === '%', character });
  }
  return atoms;
}

/** Does the pattern match? By the table of which prefix of the one matches which prefix of the other. */
function matchesByTable(pattern: string, text: string, escapeWith: string): boolean {
  const characters = [...text];
  let row = characters.map(() => false);
  row.unshift(true);
  for (const { any, many, character } of atomsOf(pattern, escapeWith)) {
    const next = row.map(() => false);
    for (let at = 0; at <= characters.length; at++) {
      if (many) next[at] = row[at] === true || (at > 0 && next[at - 1] === true);
      else if (at > 0) next[at] = row[at - 1] === true && (any || characters[at - 1] === character);
    }
    row = next;
  }
  return row.at(-1) === true;
}

describe('LIKE', () => {
  test('by hand', () => {
    const rows: readonly (readonly [pattern: string, escapeWith: string, yes: string[], no: string[]])[] = [
      ['12%3', '', ['123', '12993', '123 3'], ['1234', '12', '']],
      ['l_se', '', ['lose', 'l\u{1F600}se'], ['loose', 'lse']],
      ['\\_%', '\\', ['_foo', '_'], ['bar', '\\_']],
      ['%', '', ['', 'anything\nwith lines'], []],
      ['', '', [''], ['a']],
      ['_', '', ['a', '\u{1F600}', '\n'], ['', 'ab']],
      ['%a%', '', ['a', 'xa', 'ax', 'xax'], ['', 'xyz', 'A']],
      ['a!b!!c!%', '!', ['a!b!c%'], ['ab!c%', 'a!b!cx']],
      ['.*[a-z]+$', '', ['.*[a-z]+$'], ['abc']],
      ['%ende', '', ['ende', 'Wochenende'], ['enden']],
    ];
    for (const [pattern, escapeWith, yes, no] of rows) {
      const like = new LikePattern(pattern, escapeWith);
      for (const text of yes) assert.ok(like.matches(text), `${text} LIKE ${pattern}`);
      for (const text of no) assert.ok(!like.matches(text), `${text} NOT LIKE ${pattern}`);
    }
  });

  test('random patterns, short and longer than a word', () => {
    for (let seed = 1; seed <= 4000; seed++) {
      const random = new Random(seed);
      const alphabet = [...'ab%_!\u{1F600}'];
      const word = (length: number, letters: number): string =>
        Array.from({ length }, () => alphabet[random.below(letters)]).join('');
      const length = random.below(seed % 4 === 0 ? 100 : 8);
      const pattern = word(length, 6);
      const escapeWith = random.below(2) === 0 ? '' : '!';
      // A text made from the pattern, so that some match.
      const text = [...pattern]
        .map((character) => (character === '%' ? word(random.below(4), 2) : character === '_' ? 'a' : character))
        .join('');
      const like = new LikePattern(pattern, escapeWith);
      for (const candidate of [text, `${text}a`, text.slice(1), word(random.below(40), 2)]) {
        const expected = matchesByTable(pattern, candidate, escapeWith);
        assert.equal(like.matches(candidate), expected, `seed ${seed}: ${candidate} LIKE ${pattern} ${escapeWith}`);
      }
    }
  });

  test('costs by length, not by what backtracking would try', () => {
    const text = 'a'.repeat(100_000);
    const patterns = ['%a%a%a%a%a%a%a%a%a%b', `${'%a'.repeat(500)}%b`, '%_%_%_%_%_%b_', `%${'a'.repeat(900)}b%`];
    const startedAt = performance.now();
    for (const pattern of patterns) assert.equal(new LikePattern(pattern, '').matches(text), false);
    assert.ok(performance.now() - startedAt < 10_000, 'a backtracking matcher would not come back');
  });
});
