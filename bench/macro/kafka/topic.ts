/** What happens before a load: topics are created and waited for, producers get their ids. */

import { sleep } from '../clock.ts';
import type { Caller } from './connection.ts';
import {
  API_VERSIONS,
  array,
  CREATE_TOPICS,
  DELETE_TOPICS,
  type Fields,
  INIT_PRODUCER_ID,
  i8,
  i16,
  i32,
  i64,
  LIST_OFFSETS,
  METADATA,
  NULL_STRING,
  string,
} from './fields.ts';

/** Answers of a broker that is not ready yet, to be asked again. */
const UNKNOWN_TOPIC = 3;
const LEADER_NOT_AVAILABLE = 5;
const NOT_LEADER = 6;
const COORDINATOR_LOADING = 14;
const COORDINATOR_NOT_AVAILABLE = 15;
const NOT_COORDINATOR = 16;
const retried = new Set([
  UNKNOWN_TOPIC,
  LEADER_NOT_AVAILABLE,
  NOT_LEADER,
  COORDINATOR_LOADING,
  COORDINATOR_NOT_AVAILABLE,
  NOT_COORDINATOR,
]);
const READY_LIMIT_MS = 60_000;
const ADMIN_TIMEOUT_MS = 60_000;

/** Whether the broker answers at all. */
export async function answers(caller: Caller): Promise<boolean> {
  return (await caller.call(API_VERSIONS, 0)).i16() === 0;
}

export async function createTopic(caller: Caller, name: string, partitions: number): Promise<void> {
  const topic = Buffer.concat([string(name), i32(partitions), i16(1), array(), array()]);
  const answer = await caller.call(CREATE_TOPICS, 4, array(topic), i32(ADMIN_TIMEOUT_MS), i8(0));
  answer.skip(4); // throttle time
  answer.array(() => {
    answer.string();
    const error = answer.i16();
    if (error !== 0) throw new Error(`creating topic ${name}: error ${error} ${answer.string()}`);
    answer.string();
  });
}

export async function deleteTopic(caller: Caller, name: string): Promise<void> {
  const answer = await caller.call(DELETE_TOPICS, 3, array(string(name)), i32(ADMIN_TIMEOUT_MS));
  answer.skip(4); // throttle time
  answer.array(() => {
    answer.string();
    const error = answer.i16();
    if (error !== 0) throw new Error(`deleting topic ${name}: error ${error}`);
  });
}

/** Waits until a broker that creates topics by itself has created this one. */
export async function topicCreatedByAsking(caller: Caller, name: string, pauseMs: number): Promise<void> {
  await untilAccepted(`topic ${name}`, pauseMs, async () => {
    const answer = await caller.call(METADATA, 5, array(string(name)), i8(1));
    return metadataError(answer);
  });
}

/**
 * Waits until the broker serves each partition of the topic. Metadata does not tell: Kafka names leaders there that do
 * not know yet that they lead.
 */
export async function topicServed(caller: Caller, name: string, partitions: number, pauseMs = 20): Promise<void> {
  const latest = i64(-1);
  const asked = array(...Array.from({ length: partitions }, (_, i) => Buffer.concat([i32(i), latest])));
  await untilAccepted(`topic ${name}`, pauseMs, async () => {
    const topics = array(Buffer.concat([string(name), asked]));
    const answer = await caller.call(LIST_OFFSETS, 2, i32(-1), i8(0), topics);
    answer.skip(4); // throttle time
    const errors = answer.array(() => {
      answer.string();
      return answer.array(() => {
        answer.skip(4); // partition
        const error = answer.i16();
        answer.skip(16); // timestamp, offset
        return error;
      });
    });
    return errors.flat().find((error) => error !== 0) ?? 0;
  });
}

/** The first error, 0 when all partitions have a leader. */
function metadataError(answer: Fields): number {
  answer.skip(4); // throttle time
  answer.array(() => {
    answer.skip(4);
    answer.string();
    answer.skip(4);
    answer.string();
  });
  answer.string(); // cluster id
  answer.skip(4); // controller
  let outcome = UNKNOWN_TOPIC;
  answer.array(() => {
    const error = answer.i16();
    answer.string();
    answer.skip(1);
    const errors = answer.array(() => {
      const partitionError = answer.i16();
      answer.skip(8); // partition, leader
      for (let i = 0; i < 3; i++) answer.array(() => answer.skip(4)); // replicas, in sync, offline
      return partitionError;
    });
    outcome = error !== 0 ? error : (errors.find((each) => each !== 0) ?? 0);
  });
  return outcome;
}

export interface ProducerIdentity {
  producerId: number;
  producerEpoch: number;
}

export async function initProducerId(caller: Caller, pauseMs = 20): Promise<ProducerIdentity> {
  const identity: ProducerIdentity = { producerId: -1, producerEpoch: -1 };
  await untilAccepted('a producer id', pauseMs, async () => {
    const answer = await caller.call(INIT_PRODUCER_ID, 1, NULL_STRING, i32(ADMIN_TIMEOUT_MS));
    answer.skip(4); // throttle time
    const error = answer.i16();
    identity.producerId = answer.i64();
    identity.producerEpoch = answer.i16();
    return error;
  });
  return identity;
}

/** Asks again while the broker says that it is not ready yet. */
async function untilAccepted(what: string, pauseMs: number, attempt: () => Promise<number>): Promise<void> {
  const until = performance.now() + READY_LIMIT_MS;
  for (;;) {
    const error = await attempt();
    if (error === 0) return;
    if (!retried.has(error)) throw new Error(`${what}: error ${error}`);
    if (performance.now() > until) throw new Error(`${what}: still error ${error} after ${READY_LIMIT_MS / 1000} s`);
    await sleep(pauseMs);
  }
}
