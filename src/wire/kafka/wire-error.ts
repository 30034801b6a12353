/**
 * What a peer's bytes can be wrong in: the only exception that reading anything of this folder throws.
 *
 * `code` is what to answer where the protocol has a place for an answer: INVALID_REQUEST for a request that can't be
 * read, after which the connection is closed as Kafka does; CORRUPT_MESSAGE, INVALID_RECORD and others for a batch.
 */
import type { ErrorCode } from './error-codes.ts';

export class KafkaWireError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, text: string) {
    super(text);
    this.name = 'KafkaWireError';
    this.code = code;
  }
}
