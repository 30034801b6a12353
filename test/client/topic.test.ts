/** Topics, codecs and schemas, those that answer later too. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as v from 'valibot';
import { bytes, json, text, topic, ValidationError } from '../../src/client/index.ts';
import { decoded, encoded, headersOf } from '../../src/client/topic.ts';

const body = (value: string): { body: Uint8Array } => ({ body: Buffer.from(value) });

describe('codecs', () => {
  test('json, text and bytes there and back', () => {
    assert.deepEqual(json.decode(json.encode({ a: ['ü', null, 1.5] })), { a: ['ü', null, 1.5] });
    assert.equal(text.decode(text.encode('grüße 😀')), 'grüße 😀');
    const raw = Uint8Array.of(0, 255, 128);
    assert.equal(bytes.decode(bytes.encode(raw)), raw);
  });

  test('what is none is refused', () => {
    assert.throws(() => json.encode(undefined), TypeError);
    for (const codec of [json, text]) assert.throws(() => codec.decode(Uint8Array.of(0x22, 0xff, 0x22)), TypeError);
  });
});

describe('topics', () => {
  const Input = v.object({
    at: v.pipe(
      v.string(),
      v.isoTimestamp(),
      v.transform((at) => new Date(at)),
    ),
  });
  const Events = topic('events', { schema: Input });

  test('the value as it was said travels, the listener gets what the schema makes of it', () => {
    const value = { at: '2026-01-02T03:04:05.000Z' };
    const wire = encoded(Events as never, value as never) as Uint8Array;
    assert.equal(Buffer.from(wire).toString(), JSON.stringify(value));
    assert.deepEqual(decoded(Events, { body: wire }), { at: new Date(value.at) });
  });

  test('a bad payload says what is wrong, and where', () => {
    const wrong = (payload: string, pattern: RegExp): void =>
      assert.throws(
        () => decoded(Events, body(payload)),
        (error) => {
          assert.ok(error instanceof ValidationError && error.issues.length > 0);
          assert.match(error.message, pattern);
          return true;
        },
      );
    wrong('{"at":5}', /^at: .*string/);
    wrong('{', /^not application\/json: /);
  });

  test('a schema may answer later', async () => {
    const Later = v.pipeAsync(
      v.string(),
      v.checkAsync(async (value) => value !== 'bad', 'is bad'),
    );
    const Names = topic('names', { schema: Later });
    const wire = encoded(Names as never, 'good' as never);
    assert.ok(wire instanceof Promise);
    assert.equal(await decoded(Names, { body: await wire }), 'good');
    await assert.rejects(Promise.resolve(decoded(Names, body('"bad"'))), /is bad/);
  });

  test('headers: id and type, the topic, then the call', () => {
    const Kinds = topic<{ kind: string }>('kinds', { headers: ({ kind }) => ({ kind, from: 'topic' }) });
    assert.deepEqual(headersOf(Kinds, { kind: 'a' }, 'id-1', { from: 'call' }), {
      'message-id': 'id-1',
      'content-type': 'application/json',
      kind: 'a',
      from: 'call',
    });
    assert.throws(() => topic(''), TypeError);
  });
});
