/**
 * Single messages: looked at by the id that the broker gave them, and sent back by who could not handle them.
 */

import { consumerSendMessageBack, queryMessage, viewMessageById } from '../../../wire/rocketmq/apis/messages.ts';
import { RESPONSE } from '../../../wire/rocketmq/response-codes.ts';
import type { Call } from '../call.ts';
import { Locator } from '../locator.ts';
import { MessageSearch } from '../message-search.ts';
import { operation } from '../operation.ts';
import { PendingSearch } from '../pending-search.ts';
import { answer, bodyAnswer, OK, Reply, refusal } from '../reply.ts';
import { StoredEntry, shelfOf } from '../stored-entry.ts';

/** The message that the request's field `offset` names; null if that can't be one. */
function named({ command, peer }: Pick<Call, 'command' | 'peer'>): StoredEntry | null {
  const locator = new Locator();
  if (!locator.read(command.fields.text('offset') ?? '')) return null;
  const { topics, broker } = peer.node;
  const shelf = shelfOf(topics.all, locator.log);
  if (shelf === null) return null;
  const { store, formats } = broker;
  return new StoredEntry(shelf, locator.offset, { topics: topics.all, store, formats }, peer.storeHost);
}

const view = operation(viewMessageById, (call, { offset }) => {
  const none = refusal(RESPONSE.SYSTEM_ERROR, `can not find message by the offset, ${offset}`);
  const found = named(call);
  if (found === null) return none;
  new PendingSearch(call, found, () => (found.bytes === null ? none : bodyAnswer(found.bytes))).begin();
  return null;
});

const sendBack = operation(consumerSendMessageBack, (call, request) => {
  const { peer } = call;
  const none = refusal(RESPONSE.SYSTEM_ERROR, `look message by offset failed, ${request.offset}`);
  const found = named(call);
  if (found === null) return none;
  const { group, delayLevel, maxReconsumeTimes, originMsgId } = request;
  const back = { group, delayLevel, maxReconsumeTimes, originMsgId: originMsgId ?? '' };
  const search = new PendingSearch(call, found, () => {
    if (found.bytes === null) return none;
    const reply = peer.node.sendingBack.send(peer, found.bytes, back);
    return reply === OK ? call.answerWhenCommitted(OK) : reply;
  });
  search.begin();
  return null;
});

/** What RocketMQ's own index gives at most. */
const FOUND_MAX = 64;
const NO_INDEX = { indexLastUpdateTimestamp: 0, indexLastUpdatePhyoffset: 0 };

const query = operation(queryMessage, (call, request) => {
  const { peer } = call;
  const { topics, broker } = peer.node;
  const topic = topics.find(request.topic);
  const text = 'can not find message, maybe time range not correct';
  const none = new Reply(RESPONSE.QUERY_NOT_FOUND, text, NO_INDEX);
  if (topic === undefined) return none;
  const terms = {
    key: request.key,
    isUnique: request._UNIQUE_KEY_QUERY,
    countMax: Math.max(0, Math.min(request.maxNum, FOUND_MAX)),
    from: request.beginTimestamp,
    to: request.endTimestamp,
  };
  const found = new MessageSearch(topic, terms, broker.store, broker.formats, peer.storeHost);
  const { now } = broker.clock;
  const search = new PendingSearch(call, found, () => {
    if (found.found.length === 0) return none;
    return answer({ indexLastUpdateTimestamp: now, indexLastUpdatePhyoffset: 0 }, Buffer.concat(found.found));
  });
  search.begin();
  return null;
});

export const MESSAGE_OPERATIONS = [view, query, { ...sendBack, publishes: true }];
