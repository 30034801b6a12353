/**
 * Pop: consumption without an assignment. The broker hands out messages for a time, and takes back what is not
 * acknowledged.
 *
 * What a message was handed out with travels as `extraInfo`, see message-handles.ts.
 */
import { api } from '../api.ts';
import { REQUEST } from '../request-codes.ts';
import { flag, int, long, text } from '../schema.ts';

/** `queueId` -1 means any. */
const queueFields = { consumerGroup: text, topic: text, queueId: int };
const popAnswer = {
  popTime: long,
  invisibleTime: long,
  reviveQid: int,
  restNum: long,
  startOffsetInfo: text.optional(),
  msgOffsetInfo: text.optional(),
  orderCountInfo: text.optional(),
};

/** `initMode`: where a new group begins, 0 at the first message, 1 behind the last. `exp` is a filter of `expType`. */
export const popMessage = api(
  REQUEST.POP_MESSAGE,
  {
    ...queueFields,
    maxMsgNums: int,
    invisibleTime: long,
    pollTime: long,
    bornTime: long,
    initMode: int,
    expType: text.optional(),
    exp: text.optional(),
    order: flag.or(false),
    attemptId: text.optional(),
  },
  popAnswer,
);
export const peekMessage = api(REQUEST.PEEK_MESSAGE, { ...queueFields, maxMsgNums: int }, popAnswer);

export const ackMessage = api(REQUEST.ACK_MESSAGE, { ...queueFields, extraInfo: text, offset: long });
/** Everything is in the body. */
export const batchAckMessage = api(REQUEST.BATCH_ACK_MESSAGE, {});
export const changeMessageInvisibleTime = api(
  REQUEST.CHANGE_MESSAGE_INVISIBLETIME,
  { ...queueFields, extraInfo: text, offset: long, invisibleTime: long },
  { popTime: long, invisibleTime: long, reviveQid: int },
);

/** Is there something to pop? Held until there is. */
export const notification = api(
  REQUEST.NOTIFICATION,
  { ...queueFields, pollTime: long, bornTime: long, order: flag.or(false), attemptId: text.optional() },
  { hasMsg: flag, pollingFull: flag.or(false) },
);
export const pollingInfo = api(REQUEST.POLLING_INFO, queueFields, { pollingNum: int });
