/**
 * What is no selector, and what its author is told.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { refusal } from './kit.ts';

describe('what is refused', () => {
  const refused: readonly (readonly [text: string, why: RegExp])[] = [
    ['', /character 1: it is empty/],
    ['  ', /it is empty/],
    ['a =', /character 4: a name or a value is expected, not the end/],
    ['a = 1 b', /character 7: an operator or the end is expected, not b/],
    ['a == 1', /character 4/],
    ['= 1', /character 1/],
    ['a = 1 AND', /not the end/],
    ['(a = 1', /\) is expected, not the end/],
    ['a = 1)', /not \)/],
    ["a = 'x", /character 5: the text does not end/],
    ['a = "x"', /unexpected character "\\""/],
    ['a ! b', /unexpected character "!"/],
    ['5', /condition is expected/],
    ["'a'", /condition is expected/],
    ['a + 1', /condition is expected/],
    ['a AND 5', /character 7: a condition/],
    ['a = NULL', /IS \[NOT\] NULL/],
    ["a > 'x'", /only numbers/],
    ['a > TRUE', /only numbers/],
    ['(a = 1) > 2', /only numbers/],
    ['a > 1 > 2', /only numbers/],
    ["a BETWEEN 'a' AND 'b'", /only numbers/],
    ["'a' + 1 = 2", /calculated/],
    ['(a = 1) * 2 = 2', /calculated/],
    ['a BETWEEN 1', /AND is expected/],
    ['a IS 5', /NULL is expected/],
    ['a NOT 5', /what follows a NOT/],
    ['a IN ()', /text in quotes/],
    ['a IN (5)', /text in quotes/],
    ["a IN ('x',)", /text in quotes/],
    ["'x' IN ('x')", /name on its left/],
    ['a LIKE b', /text in quotes/],
    ["a LIKE 'x' ESCAPE 'ab'", /one character/],
    ["a LIKE 'x' ESCAPE ''", /one character/],
    ['a = 09', /octal/],
    ['a = 0x', /hexadecimal/],
    ['a = 5x', /goes on as a name/],
    ['a = 9223372036854775808', /more than 64 bits/],
    ['a = -9223372036854775809', /more than 64 bits/],
    ['a = 1 /* no end', /comment does not end/],
    ['lower(a) = 1', /no functions/],
    ['like = 1', /not LIKE/],
    ['a = 1\u0000', /unexpected character/],
  ];
  for (const [text, why] of refused) {
    test(JSON.stringify(text), () => assert.match(refusal(text), why));
  }

  test('bodies are not looked into', () => {
    assert.match(refusal("XPATH '//a'", 'activemq'), /NOT_IMPLEMENTED.*XPATH/);
    assert.match(refusal("XQUERY '//a'", 'activemq'), /NOT_IMPLEMENTED.*XQUERY/);
  });

  test('RocketMQ has less', () => {
    assert.match(refusal('a + 1 > 2', 'rocketmq'), /no arithmetic/);
    assert.match(refusal("a LIKE 'x'", 'rocketmq'), /not LIKE/);
    assert.match(refusal('a = 0x1', 'rocketmq'), /name/);
    assert.match(refusal('a = 01', 'rocketmq'), /begins with 0/);
    assert.match(refusal('a BETWEEN 5 AND 1', 'rocketmq'), /lower end/);
  });

  test('what is long is repeated in part only', () => {
    assert.ok(refusal(`a = 1 ${'b'.repeat(10_000)}`).length < 200);
  });
});
