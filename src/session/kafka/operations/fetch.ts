/**
 * Fetch: batches from the logs of topics, from given offsets on. What is answered when is in pending-fetch.ts; which
 * partitions a client reads may be remembered for it, see fetch-sessions.ts.
 */
import type { RequestOf } from '../../../wire/kafka/api.ts';
import { fetchApi } from '../../../wire/kafka/apis/fetch.ts';
import { ERROR } from '../../../wire/kafka/error-codes.ts';
import type { Call } from '../call.ts';
import type { FetchedPartition, FetchSession } from '../fetch-sessions.ts';
import { operation } from '../operation.ts';
import { type FetchResponse, type FetchTerms, PendingFetch } from '../pending-fetch.ts';

type Request = RequestOf<typeof fetchApi>;

const FIRST_EPOCH = 0;
const LAST_EPOCH = -1;

export const fetch = operation(fetchApi, (call: Call<FetchResponse>, request) => {
  const terms = termsOf(call, request);
  if (typeof terms === 'number') return { throttleTimeMs: 0, errorCode: terms, sessionId: 0, responses: [] };
  new PendingFetch(call, terms).begin();
  return null;
});

/** What is asked for, or an error of the session. */
function termsOf(call: Call<FetchResponse>, request: Request): FetchTerms | number {
  const { broker, fetchSessions } = call.peer.node;
  const { now } = broker.clock;
  const asked = partitionsOf(request);
  const { sessionId, sessionEpoch } = request;
  if (sessionEpoch === FIRST_EPOCH || sessionEpoch === LAST_EPOCH) {
    if (sessionId !== 0) fetchSessions.close(sessionId);
    const session = sessionEpoch === FIRST_EPOCH && asked.length > 0 ? fetchSessions.open(now) : null;
    if (session !== null) for (const partition of asked) session.put(partition);
    return terms(request, session, true, asked);
  }
  const session = fetchSessions.find(sessionId, now);
  if (session === undefined) return ERROR.FETCH_SESSION_ID_NOT_FOUND;
  if (session.epoch !== sessionEpoch) return ERROR.INVALID_FETCH_SESSION_EPOCH;
  session.advance();
  for (const { topic, topicId, partitions } of request.forgottenTopicsData) {
    for (const index of partitions) session.forget(topic, topicId, index);
  }
  for (const partition of asked) session.put(partition);
  return terms(request, session, false, [...session.partitions.values()]);
}

function terms(
  { minBytes, maxBytes, maxWaitMs }: Request,
  session: FetchSession | null,
  full: boolean,
  partitions: readonly FetchedPartition[],
): FetchTerms {
  return { session, full, partitions, bytesMin: minBytes, bytesMax: maxBytes, waitMsMax: maxWaitMs };
}

function partitionsOf(request: Request): FetchedPartition[] {
  const all: FetchedPartition[] = [];
  for (const { topic, topicId, partitions } of request.topics) {
    for (const { partition, fetchOffset, partitionMaxBytes, currentLeaderEpoch } of partitions) {
      all.push({
        topic,
        topicId,
        index: partition,
        offset: fetchOffset,
        bytesMax: partitionMaxBytes,
        leaderEpoch: currentLeaderEpoch,
        end: -1,
        floor: -1,
      });
    }
  }
  return all;
}
