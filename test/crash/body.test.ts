import assert from 'node:assert/strict';
import test from 'node:test';
import { decodeBody, encodeBody } from './body.ts';

test('a body tells its message, and a changed or shortened one tells nothing', () => {
  const id = { publisher: 'p-1', number: 42 };
  for (const fillerBytes of [0, 1, 300_000]) assert.deepEqual(decodeBody(encodeBody(id, fillerBytes)), id);
  const body = encodeBody(id, 100);
  assert.equal(decodeBody(body.subarray(0, -1)), undefined);
  body[body.length - 1] = body[body.length - 1]! ^ 1;
  assert.equal(decodeBody(body), undefined);
  assert.equal(decodeBody(Buffer.alloc(0)), undefined);
});
