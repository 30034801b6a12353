/**
 * All operations, and how one is run. Telemetry is no operation: it is a conversation, see telemetry.ts.
 */
import { CODE } from '../../../wire/rocketmq/v2/codes.ts';
import type { RequestOf, ResponseOf } from '../../../wire/rocketmq/v2/shapes.ts';
import { checkCaller } from './authorization.ts';
import type { Call } from './call.ts';
import type { Operation } from './operation.ts';
import { ackMessage } from './operations/ack-message.ts';
import { changeInvisibleDuration } from './operations/change-invisible-duration.ts';
import { endTransaction } from './operations/end-transaction.ts';
import { forwardToDeadLetterQueue } from './operations/forward-to-dead-letter-queue.ts';
import { heartbeat } from './operations/heartbeat.ts';
import { notifyClientTermination } from './operations/notify-client-termination.ts';
import { queryAssignment, queryRoute } from './operations/query-route.ts';
import { recallMessage } from './operations/recall-message.ts';
import { receiveMessage } from './operations/receive-message.ts';
import { sendMessage } from './operations/send-message.ts';
import { statusOf } from './refusal.ts';

export const OPERATIONS: readonly Operation[] = [
  queryRoute,
  queryAssignment,
  heartbeat,
  notifyClientTermination,
  sendMessage,
  receiveMessage,
  ackMessage,
  changeInvisibleDuration,
  forwardToDeadLetterQueue,
  endTransaction,
  recallMessage,
];

/** Runs it; every call is answered, now or later. */
export function runOperation(
  operation: Operation,
  call: Call<ResponseOf<Operation['name']>>,
  request: RequestOf<Operation['name']>,
): void {
  try {
    checkCaller(call.node, call.caller);
    const response = operation.run(call, request as never);
    if (response !== null) call.answer(response);
  } catch (error) {
    const status = statusOf(error);
    if (status === null) call.node.options.onFault(error);
    call.answer({ status: status ?? { code: CODE.INTERNAL_SERVER_ERROR, message: 'the broker failed' } });
  }
}
