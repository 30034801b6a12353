/**
 * What a peer's bytes can be wrong in: the only exception that reading anything of this folder throws.
 *
 * Thrown by the framer or `Command.read`, there is no request to answer and the connection is closed, as RocketMQ does.
 * Thrown by anything that reads what a readable command carries, `code` and the message are the answer's code and
 * remark.
 */
import { RESPONSE, type ResponseCode } from './response-codes.ts';

export class RocketmqWireError extends Error {
  readonly code: ResponseCode;

  constructor(text: string, code: ResponseCode = RESPONSE.SYSTEM_ERROR) {
    super(text);
    this.name = 'RocketmqWireError';
    this.code = code;
  }
}
