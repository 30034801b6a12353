/**
 * CreateTopics, DeleteTopics, CreatePartitions: topics come, grow and go.
 *
 * Every topic of a request stands for itself: what can be done is done, what can't is refused with the words that
 * administrators know. There is one node, so a partition has one replica, and an assignment by hand can only name it.
 * The answer goes out when what was done is durable.
 */
import { checkNewName } from '../../../core/declaration.ts';
import { CoreError } from '../../../core/errors.ts';
import type { Topic } from '../../../core/topic.ts';
import type { RequestOf, ResponseOf } from '../../../wire/kafka/api.ts';
import { createPartitionsApi, createTopicsApi, deleteTopicsApi } from '../../../wire/kafka/apis/topics.ts';
import { ERROR } from '../../../wire/kafka/error-codes.ts';
import { topicEntries } from '../config-entry.ts';
import { CLUSTER_TOPIC, internalExchange, OFFSETS_TOPIC } from '../internal-topics.ts';
import { type KafkaNode, NODE_ID } from '../node.ts';
import { type Operation, operation } from '../operation.ts';
import { invalid, noSuchTopic, Refusal, refusalOfName, repeated } from '../refusal.ts';
import { settingsOf } from '../topic-settings.ts';

type NewTopic = RequestOf<typeof createTopicsApi>['topics'][number];
type Created = ResponseOf<typeof createTopicsApi>['topics'][number];
type Growth = RequestOf<typeof createPartitionsApi>['topics'][number];
type Deleted = ResponseOf<typeof deleteTopicsApi>['responses'][number];
type TopicReference = RequestOf<typeof deleteTopicsApi>['topics'][number];

/** "As the broker thinks best." */
const DEFAULT = -1;
/** One request makes no more, so that no client can make the journal's group grow without a bound. */
const PARTITIONS_PER_REQUEST_MAX = 10_000;
const DUPLICATE = 'Duplicate topic name.';

export const createTopics = operation(createTopicsApi, (call, { topics, validateOnly }) => {
  const { node } = call.peer;
  const twice = repeated(topics.map(({ name }) => name));
  const answered = new Set<string>();
  const responses: Created[] = [];
  let partitions = 0;
  let changed = false;
  for (const topic of topics) {
    if (answered.has(topic.name)) continue;
    answered.add(topic.name);
    const count = twice.has(topic.name) ? invalid(DUPLICATE) : partitionsOf(node, topic);
    if (typeof count === 'number') partitions += count;
    const created = count instanceof Refusal ? count : create(node, topic, count, partitions, validateOnly);
    responses.push(created instanceof Refusal ? refusedTopic(topic.name, created) : created);
    changed ||= !(created instanceof Refusal);
  }
  const response = { throttleTimeMs: 0, topics: responses };
  if (!changed || validateOnly) return response;
  call.answerWhenCommitted(node.broker.store.filling, response);
  return null;
});

/** How many partitions it is to have; what is wrong with its name or its replicas. */
function partitionsOf(node: KafkaNode, topic: NewTopic): number | Refusal {
  const { name, numPartitions, replicationFactor, assignments } = topic;
  const refusal = refusalOfName(name);
  if (refusal !== null) return refusal;
  if (node.topics.find(name) !== undefined) {
    return new Refusal(ERROR.TOPIC_ALREADY_EXISTS, `Topic '${name}' already exists.`);
  }
  if (name === CLUSTER_TOPIC) return invalid(`Creation of internal topic ${name} is prohibited.`);
  if (isReserved(node, name)) {
    return new Refusal(ERROR.INVALID_TOPIC_EXCEPTION, `Topic name is invalid: '${name}' is reserved`);
  }
  if (assignments.length > 0) return assignedPartitions(node, topic);
  if (replicationFactor !== DEFAULT && replicationFactor !== 1) return refusedReplication(replicationFactor);
  if (numPartitions === DEFAULT) return node.options.partitions;
  if (numPartitions <= 0) {
    return new Refusal(ERROR.INVALID_PARTITIONS, 'Number of partitions was set to an invalid non-positive value.');
  }
  return refusalOfCount(node, numPartitions) ?? numPartitions;
}

/** Some names are the core's, so that no exchange can be made for them. */
function isReserved(node: KafkaNode, name: string): boolean {
  const { namespace, broker } = node;
  try {
    checkNewName({ kind: 'exchange', name, namespace: namespace.name }, broker.limits.nameBytesMax);
    return false;
  } catch (error) {
    if (!(error instanceof CoreError)) throw error;
    return true;
  }
}

function refusedReplication(factor: number): Refusal {
  if (factor <= 0) {
    const message = 'Replication factor must be larger than 0, or -1 to use the default value.';
    return new Refusal(ERROR.INVALID_REPLICATION_FACTOR, message);
  }
  const message =
    `Unable to replicate the partition ${factor} time(s): ` +
    `The target replication factor of ${factor} cannot be reached because only 1 broker(s) are registered.`;
  return new Refusal(ERROR.INVALID_REPLICATION_FACTOR, message);
}

function assignedPartitions(node: KafkaNode, topic: NewTopic): number | Refusal {
  const { numPartitions, replicationFactor, assignments } = topic;
  const byHand = 'A manual partition assignment was specified, but';
  if (replicationFactor !== DEFAULT) return invalid(`${byHand} replication factor was not set to -1.`);
  if (numPartitions !== DEFAULT) return invalid(`${byHand} numPartitions was not set to -1.`);
  const indexes = new Set<number>();
  for (const { partitionIndex, brokerIds } of assignments) {
    if (indexes.has(partitionIndex)) {
      return misassigned(`Found multiple manual partition assignments for partition ${partitionIndex}`);
    }
    indexes.add(partitionIndex);
    const refusal = refusalOfReplicas(brokerIds);
    if (refusal !== null) return refusal;
  }
  for (let index = 0; index < indexes.size; index++) {
    if (!indexes.has(index)) return misassigned('partitions should be a consecutive 0-based integer sequence');
  }
  return refusalOfCount(node, indexes.size) ?? indexes.size;
}

function refusalOfReplicas(brokerIds: readonly number[]): Refusal | null {
  const includes = 'The manual partition assignment includes';
  if (brokerIds.length === 0) return misassigned(`${includes} an empty replica list.`);
  const stranger = brokerIds.find((id) => id !== NODE_ID);
  if (stranger !== undefined) return misassigned(`${includes} broker ${stranger}, but no such broker is registered.`);
  if (brokerIds.length > 1) return misassigned(`${includes} the broker ${NODE_ID} more than once.`);
  return null;
}

function misassigned(message: string): Refusal {
  return new Refusal(ERROR.INVALID_REPLICA_ASSIGNMENT, message);
}

function refusalOfCount(node: KafkaNode, count: number): Refusal | null {
  const { exchangeLogsMax } = node.broker.limits;
  if (count <= exchangeLogsMax) return null;
  return new Refusal(ERROR.INVALID_PARTITIONS, `A topic may have at most ${exchangeLogsMax} partitions, not ${count}.`);
}

/** `sum`: partitions that the request makes up to and including this topic. */
function create(
  node: KafkaNode,
  { name, configs }: NewTopic,
  partitions: number,
  sum: number,
  validateOnly: boolean,
): Created | Refusal {
  if (sum > PARTITIONS_PER_REQUEST_MAX) return tooMuch();
  const settings = settingsOf(configs);
  if (settings instanceof Refusal) return settings;
  let topicId = '';
  if (!validateOnly) {
    const isTaken = name === OFFSETS_TOPIC && internalExchange(node.namespace, name) === undefined;
    const created = isTaken ? ERROR.INVALID_TOPIC_EXCEPTION : node.topics.create(name, partitions, settings);
    if (typeof created === 'number')
      return new Refusal(created, `Topic '${name}' can't be created: its name is taken.`);
    topicId = node.topics.idOf(created);
  }
  return {
    name,
    topicId,
    errorCode: ERROR.NONE,
    errorMessage: null,
    numPartitions: partitions,
    replicationFactor: 1,
    configs: topicEntries(settings),
  };
}

function tooMuch(): Refusal {
  return new Refusal(ERROR.POLICY_VIOLATION, 'Excessively large number of partitions per request.');
}

function refusedTopic(name: string, { code, message }: Refusal): Created {
  return { name, topicId: '', errorCode: code, errorMessage: message };
}

// ── Growing ──

export const createPartitions = operation(createPartitionsApi, (call, { topics, validateOnly }) => {
  const { node } = call.peer;
  const twice = repeated(topics.map(({ name }) => name));
  const results = new Map<string, { name: string; errorCode: number; errorMessage: string | null }>();
  let added = 0;
  let changed = false;
  for (const growth of topics) {
    const { name } = growth;
    const topic = node.topics.find(name);
    let refusal: Refusal | null;
    if (twice.has(name)) refusal = invalid(DUPLICATE);
    else if (topic === undefined) refusal = noSuchTopic(name);
    else {
      refusal = refusalOfGrowth(node, topic, growth);
      if (refusal === null) added += growth.count - topic.logs.length;
      if (added > PARTITIONS_PER_REQUEST_MAX) refusal ??= tooMuch();
      if (refusal === null && !validateOnly) {
        node.namespace.topics.keep(node.topics.exchangeOf(topic), growth.count);
        changed = true;
      }
    }
    results.set(name, { name, errorCode: refusal?.code ?? ERROR.NONE, errorMessage: refusal?.message ?? null });
  }
  const response = { throttleTimeMs: 0, results: [...results.values()] };
  if (!changed) return response;
  call.answerWhenCommitted(node.broker.store.filling, response);
  return null;
});

function refusalOfGrowth(node: KafkaNode, topic: Topic, { name, count, assignments }: Growth): Refusal | null {
  const current = topic.logs.length;
  if (count === current) return new Refusal(ERROR.INVALID_PARTITIONS, `Topic already has ${count} partition(s).`);
  if (count < current) {
    const message = `The topic ${name} currently has ${current} partition(s); ${count} would not be an increase.`;
    return new Refusal(ERROR.INVALID_PARTITIONS, message);
  }
  const refusal = refusalOfCount(node, count);
  if (refusal !== null || assignments === null) return refusal;
  const missing = count - current;
  if (assignments.length !== missing) {
    const given = assignments.length;
    return misassigned(
      `Attempted to add ${missing} additional partition(s), but ${given} assignment(s) were specified.`,
    );
  }
  for (const { brokerIds } of assignments) {
    const wrong = refusalOfReplicas(brokerIds);
    if (wrong !== null) return wrong;
  }
  return null;
}

// ── Going ──

export const deleteTopics = operation(deleteTopicsApi, (call, { topics, topicNames }) => {
  const { node } = call.peer;
  const asked = topics.length > 0 ? topics : topicNames.map((name): TopicReference => ({ name, topicId: '' }));
  const twice = repeated(asked.map(({ name, topicId }) => name ?? topicId));
  const responses = new Map<string, Deleted>();
  let changed = false;
  for (const [index, { name, topicId }] of asked.entries()) {
    const key = name ?? topicId;
    // Who names neither is told so each time.
    const place = key === '' ? `${index}/` : key;
    const topic = twice.has(key) && key !== '' ? invalid(DUPLICATE) : toDelete(node, name, topicId);
    if (topic instanceof Refusal) {
      responses.set(place, { name, topicId, errorCode: topic.code, errorMessage: topic.message });
      continue;
    }
    const id = node.topics.idOf(topic);
    try {
      node.namespace.deleteExchange(topic.name);
      changed = true;
      responses.set(place, { name: topic.name, topicId: id, errorCode: ERROR.NONE, errorMessage: null });
    } catch (error) {
      if (!(error instanceof CoreError)) throw error;
      const errorMessage = `Topic '${topic.name}' can't be deleted.`;
      responses.set(place, { name, topicId, errorCode: ERROR.INVALID_TOPIC_EXCEPTION, errorMessage });
    }
  }
  const response = { throttleTimeMs: 0, responses: [...responses.values()] };
  if (!changed) return response;
  call.answerWhenCommitted(node.broker.store.filling, response);
  return null;
});

function toDelete(node: KafkaNode, name: string | null, topicId: string): Topic | Refusal {
  if (name !== null && topicId !== '') return invalid('You may not specify both topic name and topic id.');
  if (name === null && topicId === '') return invalid('Neither topic name nor id were specified.');
  if (name === null) {
    const topic = node.topics.findById(topicId);
    return topic ?? new Refusal(ERROR.UNKNOWN_TOPIC_ID, 'This server does not host this topic ID.');
  }
  const topic = node.topics.find(name);
  const message = 'This server does not host this topic-partition.';
  return topic ?? new Refusal(ERROR.UNKNOWN_TOPIC_OR_PARTITION, message);
}

/** All of them. */
export const TOPICS: readonly Operation[] = [createTopics, deleteTopics, createPartitions];
