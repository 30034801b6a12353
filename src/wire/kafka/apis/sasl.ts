/**
 * Authentication: SaslHandshake chooses the mechanism, SaslAuthenticate carries its tokens.
 *
 * After a handshake of version 0 the tokens come in bare frames, without a request around them.
 */
import { Api } from '../api.ts';
import { array, bytes, int16, int64, string } from '../schema.ts';

export const saslHandshakeApi = new Api({
  key: 17,
  name: 'SaslHandshake',
  min: 0,
  max: 1,
  flexible: Number.POSITIVE_INFINITY,
  request: { mechanism: string },
  response: { errorCode: int16, mechanisms: array(string) },
});

export const saslAuthenticateApi = new Api({
  key: 36,
  name: 'SaslAuthenticate',
  min: 0,
  max: 2,
  flexible: 2,
  request: { authBytes: bytes },
  response: {
    errorCode: int16,
    errorMessage: string.nullable(),
    authBytes: bytes,
    sessionLifetimeMs: int64.since(1),
  },
});
