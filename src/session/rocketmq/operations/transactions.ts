/**
 * END_TRANSACTION: what became of a producer's transaction, said by itself or because it was asked; and RECALL_MESSAGE.
 *
 * The first decision counts. The same one again is answered in the same way and delivers nothing twice; the opposite
 * one is refused. A decision is nearly always sent one-way.
 */
import { endTransaction, recallMessage } from '../../../wire/rocketmq/apis/messages.ts';
import { MESSAGE_FLAG, TRANSACTION_MASK } from '../../../wire/rocketmq/constants.ts';
import { parseRecallHandle, type RecallHandle } from '../../../wire/rocketmq/message-handles.ts';
import { RESPONSE } from '../../../wire/rocketmq/response-codes.ts';
import { RocketmqWireError } from '../../../wire/rocketmq/wire-error.ts';
import type { Call } from '../call.ts';
import type { Decision, Ending } from '../half-messages.ts';
import { operation } from '../operation.ts';
import { answer, OK, type Reply, refusal } from '../reply.ts';

const REFUSALS: Readonly<Record<Exclude<Ending, 'decided'>, Reply>> = {
  missing: refusal(RESPONSE.SYSTEM_ERROR, 'Find prepared transaction message failed'),
  'wrong-group': refusal(RESPONSE.SYSTEM_ERROR, 'The producer group wrong'),
  'decided-otherwise': refusal(RESPONSE.ILLEGAL_OPERATION, 'The transaction was decided otherwise'),
};

function decisionOf(commitOrRollback: number): Decision | null {
  switch (commitOrRollback & TRANSACTION_MASK) {
    case MESSAGE_FLAG.TRANSACTION_COMMIT:
      return 'commit';
    case MESSAGE_FLAG.TRANSACTION_ROLLBACK:
      return 'rollback';
    default:
      return null;
  }
}

const end = operation(endTransaction, (call, { producerGroup, tranStateTableOffset, commitOrRollback }) => {
  const decision = decisionOf(commitOrRollback);
  // Unknown: it will be asked again.
  if (decision === null) return OK;
  const { halfMessages } = call.peer.node;
  const decided = { decided: () => void call.answerWhenCommitted(OK) };
  const ending = halfMessages.end(producerGroup, tranStateTableOffset, decision, decided);
  return ending === 'decided' ? null : REFUSALS[ending];
});

function handleOf(text: string): RecallHandle | null {
  try {
    return parseRecallHandle(text);
  } catch (error) {
    if (error instanceof RocketmqWireError) return null;
    throw error;
  }
}

function refused(text: string): Reply {
  return refusal(RESPONSE.ILLEGAL_OPERATION, text);
}

const recall = operation(
  recallMessage,
  (call: Call<(typeof recallMessage.answer)['fields']>, { topic, recallHandle }) => {
    const { node } = call.peer;
    const handle = handleOf(recallHandle);
    if (handle === null) return refused('recall handle is invalid');
    if (handle.topic !== topic) return refused('recall failed, topic not match');
    const isOver = handle.deliverMs <= node.broker.clock.now || handle.place === undefined;
    const group = isOver ? null : node.delays.recall(handle.place as number, topic, handle.deliverMs);
    if (group === null) return refused('recall failed, timestamp invalid');
    return call.answerWhenCommitted(answer({ msgId: handle.uniqueKey }));
  },
);

export const TRANSACTION_OPERATIONS = [{ ...end, publishes: true }, recall];
