/**
 * The heartbeat: what a client is, which groups it is a member of and what they subscribe to.
 */
import { body, flag, int, list, long, object, text } from '../body.ts';

export const subscriptionData = object({
  topic: text,
  /** A filter: tags with `||` between, `*`, or an expression. */
  subString: text.or('*'),
  tagsSet: list(text).or([]),
  /** The tags' hashes, see tag-hash.ts. */
  codeSet: list(int).or([]),
  /** Grows when the subscription changes. */
  subVersion: long.or(0),
  /** TAG or SQL92. */
  expressionType: text.or('TAG'),
  classFilterMode: flag.or(false),
});

export const consumerData = object({
  groupName: text,
  /** CONSUME_ACTIVELY: pulls when it likes. CONSUME_PASSIVELY: a push consumer. CONSUME_POP. */
  consumeType: text.or('CONSUME_PASSIVELY'),
  /** CLUSTERING or BROADCASTING. */
  messageModel: text.or('CLUSTERING'),
  /** CONSUME_FROM_LAST_OFFSET, CONSUME_FROM_FIRST_OFFSET, CONSUME_FROM_TIMESTAMP. */
  consumeFromWhere: text.or('CONSUME_FROM_LAST_OFFSET'),
  subscriptionDataSet: list(subscriptionData).or([]),
  unitMode: flag.or(false),
});

export const heartbeatData = body({
  clientID: text,
  producerDataSet: list(object({ groupName: text })).or([]),
  consumerDataSet: list(consumerData).or([]),
  /** The same number as last time means the same content; 0 where the client does not say. */
  heartbeatFingerprint: int.or(0),
  /** Subscriptions are left out, since the fingerprint has not changed. */
  withoutSub: flag.or(false),
});

/** What a consumer wants to be checked when it starts. */
export const checkClientRequest = body({
  clientId: text.optional(),
  group: text.optional(),
  subscriptionData,
  namespace: text.optional(),
});
