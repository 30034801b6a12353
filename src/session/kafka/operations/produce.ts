/**
 * Produce: batches into the logs of topics, and through the bindings of their exchanges into queues.
 *
 *   batch ──check──▶ known? sequence? ──▶ one append for its log and for every queue that takes all
 *                                     └─▶ its log, then record by record where bindings look at keys
 *
 * Offsets are known when a batch is appended; the answer leaves when its commit group is durable, for all `acks` but 0.
 * A repetition of an idempotent producer is answered with the offset of the first time.
 */
import { copyOf } from '../../../bytes/copy.ts';
import type { Exchange } from '../../../core/exchange.ts';
import type { Topic } from '../../../core/topic.ts';
import type { RequestOf, ResponseOf } from '../../../wire/kafka/api.ts';
import { produceApi } from '../../../wire/kafka/apis/produce.ts';
import { ERROR } from '../../../wire/kafka/error-codes.ts';
import type { ByteRange } from '../../../wire/kafka/schema.ts';
import type { Call } from '../call.ts';
import type { LogProducers } from '../log-producers.ts';
import { operation } from '../operation.ts';
import type { Produced, Production } from '../production.ts';

type Request = RequestOf<typeof produceApi>;
type Response = ResponseOf<typeof produceApi>;
type PartitionResponse = Response['responses'][number]['partitionResponses'][number];

export const produce = operation(
  produceApi,
  (call: Call<Response>, request) => {
    if (unreadyLog(call, request) === null) return run(call, request);
    later(call, detached(request));
    return null;
  },
  { overlaps: true },
);

/** What is known of a log's producers has to be read first, after a restart; it comes in a later turn. */
function later(call: Call<Response>, request: Request): void {
  const unready = unreadyLog(call, request);
  if (unready === null) {
    const response = run(call, request);
    if (response !== null) call.answer(response);
    return;
  }
  unready.whenReady(() => {
    if (!call.abandoned) later(call, request);
  });
}

function unreadyLog(call: Call<Response>, request: Request): LogProducers | null {
  const { topics, producers } = call.peer.node;
  for (const { name, topicId, partitionData } of request.topicData) {
    const topic = topics.findBy(name, topicId);
    if (topic === undefined) continue;
    for (const { index } of partitionData) {
      const kept = topic.logs[index];
      if (kept === undefined) continue;
      const known = producers.of(kept);
      if (!known.ready) return known;
    }
  }
  return null;
}

/** The request with its records copied out of the chunk that it came in. */
function detached(request: Request): Request {
  const topicData = request.topicData.map((topic) => ({
    ...topic,
    partitionData: topic.partitionData.map(({ index, records }) => ({
      index,
      records: records && detachedRange(records),
    })),
  }));
  return { ...request, topicData };
}

function detachedRange({ bytes, start, end }: ByteRange): ByteRange {
  return { bytes: copyOf(bytes, start, end), start: 0, end: end - start };
}

/** Appends everything that is in order, and answers when that is durable. */
function run(call: Call<Response>, request: Request): Response | null {
  const { node } = call.peer;
  const { store } = node.broker;
  const refusal = refusalOf(request, store.pressure === 'disk');
  let appended = false;
  let failed = false;
  const responses = request.topicData.map(({ name, topicId, partitionData }) => {
    const topic = node.topics.findBy(name, topicId);
    const exchange = topic === undefined ? undefined : node.topics.exchangeOf(topic);
    const unknown = topicId === '' ? ERROR.UNKNOWN_TOPIC_OR_PARTITION : ERROR.UNKNOWN_TOPIC_ID;
    const partitionResponses = partitionData.map(({ index, records }): PartitionResponse => {
      const produced =
        refusal !== ERROR.NONE
          ? refused(refusal)
          : topic === undefined || exchange === undefined
            ? refused(unknown)
            : append(node.production, topic, exchange, index, records);
      if (produced.errorCode === ERROR.NONE) appended = true;
      else failed = true;
      return { index, ...produced };
    });
    return { name, topicId, partitionResponses };
  });
  const response: Response = { responses, throttleTimeMs: 0 };
  if (request.acks === 0) {
    // The only way left to tell a producer that wants no answer.
    if (failed) call.peer.close();
    call.noAnswer();
    return null;
  }
  if (!appended) return response;
  call.answerWhenCommitted(store.filling, response);
  return null;
}

function append(
  production: Production,
  topic: Topic,
  exchange: Exchange,
  index: number,
  records: ByteRange | null,
): Produced {
  const kept = topic.logs[index];
  if (kept === undefined) return refused(ERROR.UNKNOWN_TOPIC_OR_PARTITION);
  if (exchange.internal) return refused(ERROR.INVALID_TOPIC_EXCEPTION);
  return production.append(topic, exchange, index, kept, records);
}

/** What is wrong with the request as a whole. */
function refusalOf(request: Request, diskFull: boolean): number {
  const { acks, transactionalId } = request;
  if (acks !== 0 && acks !== 1 && acks !== -1) return ERROR.INVALID_REQUIRED_ACKS;
  if (transactionalId !== null) return ERROR.INVALID_TXN_STATE;
  return diskFull ? ERROR.KAFKA_STORAGE_ERROR : ERROR.NONE;
}

function refused(errorCode: number): Produced {
  return { errorCode, baseOffset: -1 };
}
