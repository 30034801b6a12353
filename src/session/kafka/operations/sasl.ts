/**
 * SaslHandshake and SaslAuthenticate; see sasl.ts.
 */
import { saslAuthenticateApi, saslHandshakeApi } from '../../../wire/kafka/apis/sasl.ts';
import { ERROR } from '../../../wire/kafka/error-codes.ts';
import { operation } from '../operation.ts';
import { MECHANISMS } from '../sasl.ts';

export const saslHandshake = operation(
  saslHandshakeApi,
  ({ peer, version }, { mechanism }) => {
    const known = peer.node.sasl.begin(peer, mechanism, version === 0);
    if (!known) peer.close();
    return { errorCode: known ? ERROR.NONE : ERROR.UNSUPPORTED_SASL_MECHANISM, mechanisms: MECHANISMS };
  },
  { open: true },
);

export const saslAuthenticate = operation(
  saslAuthenticateApi,
  ({ peer }, { authBytes }) => {
    const none = new Uint8Array(0);
    if (peer.mechanism === null) {
      peer.close();
      return { errorCode: ERROR.ILLEGAL_SASL_STATE, errorMessage: 'no SASL handshake came before', authBytes: none };
    }
    if (peer.node.sasl.authenticate(peer, authBytes)) {
      return { errorCode: ERROR.NONE, errorMessage: null, authBytes: none, sessionLifetimeMs: 0 };
    }
    peer.close();
    const errorMessage = 'Authentication failed: Invalid username or password';
    return { errorCode: ERROR.SASL_AUTHENTICATION_FAILED, errorMessage, authBytes: none };
  },
  { open: true },
);
