/**
 * What the core refuses, in RocketMQ's codes. A new code of the core's breaks the compilation here until it has one.
 */
import type { CoreError, ErrorCode } from '../../core/errors.ts';
import { RESPONSE } from '../../wire/rocketmq/response-codes.ts';
import { type Reply, refusal } from './reply.ts';

const CODES: Readonly<Record<ErrorCode, number>> = {
  NOT_FOUND: RESPONSE.TOPIC_NOT_EXIST,
  PRECONDITION_FAILED: RESPONSE.INVALID_PARAMETER,
  ACCESS_REFUSED: RESPONSE.NO_PERMISSION,
  RESOURCE_LOCKED: RESPONSE.NO_PERMISSION,
  NOT_ALLOWED: RESPONSE.ILLEGAL_OPERATION,
  NOT_IMPLEMENTED: RESPONSE.REQUEST_CODE_NOT_SUPPORTED,
  LIMIT: RESPONSE.SYSTEM_BUSY,
  INVALID: RESPONSE.INVALID_PARAMETER,
};

export function refusalOf({ code, facts }: CoreError): Reply {
  const { reason, kind = 'thing', name, argument, received, current, problem } = facts;
  const what = name === undefined ? kind : `${kind} '${name}'`;
  const limit = argument === undefined ? '' : `, ${argument}: ${String(received)} of ${String(current)}`;
  return refusal(CODES[code], `${what}: ${reason}${limit}${problem === undefined ? '' : `, ${problem}`}`);
}
