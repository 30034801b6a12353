/**
 * What the core refuses, in the words of Kafka.
 */
import type { CoreError, ErrorCode } from '../../core/errors.ts';
import { ERROR } from '../../wire/kafka/error-codes.ts';

const CODES: Readonly<Record<ErrorCode, number>> = {
  NOT_FOUND: ERROR.UNKNOWN_TOPIC_OR_PARTITION,
  PRECONDITION_FAILED: ERROR.INVALID_REQUEST,
  ACCESS_REFUSED: ERROR.TOPIC_AUTHORIZATION_FAILED,
  RESOURCE_LOCKED: ERROR.TOPIC_AUTHORIZATION_FAILED,
  NOT_ALLOWED: ERROR.INVALID_REQUEST,
  NOT_IMPLEMENTED: ERROR.UNSUPPORTED_VERSION,
  LIMIT: ERROR.POLICY_VIOLATION,
  INVALID: ERROR.INVALID_REQUEST,
};

export function codeOf(error: CoreError): number {
  return CODES[error.code];
}
