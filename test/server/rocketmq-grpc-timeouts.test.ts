/**
 * Time limits of gRPC calls that no timer can hold.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dropEndlessTimeout } from '../../src/server/rocketmq-grpc-timeouts.ts';

test('limits beyond 24.8 days are taken away, others and what is none are left', () => {
  const after = (timeout: string) => {
    const headers = { 'grpc-timeout': timeout };
    dropEndlessTimeout(headers);
    return headers['grpc-timeout'];
  };
  for (const endless of ['99999999H', '597H', '35792M', '2147484S']) assert.equal(after(endless), undefined, endless);
  const others = [
    '596H',
    '35791M',
    '2147483S',
    '99999999m',
    '99999999u',
    '1n',
    '',
    '7',
    'H',
    '1X',
    '999999999H',
    '-1S',
  ];
  for (const other of others) assert.equal(after(other), other);
});
