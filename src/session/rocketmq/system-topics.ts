/**
 * System topics: names that clients and tools expect to find a route for before anybody made such a topic. They are
 * made when the first message comes for them, or never.
 *
 *     TBW102                      whose route a producer takes for a topic that does not exist yet
 *     the cluster, the broker     where tools look for the brokers of a cluster
 *     BenchmarkTest, SELF_TEST_TOPIC, OFFSET_MOVED_EVENT, <cluster>_REPLY_TOPIC
 *     SCHEDULE_TOPIC_XXXX, RMQ_SYS_TRANS_HALF_TOPIC
 *                                 where RocketMQ keeps what waits; here that is no topic, and nobody may send there
 */
import { PERM } from '../../wire/rocketmq/constants.ts';

export interface SystemTopic {
  readonly name: string;
  readonly queues: number;
  readonly perm: number;
  /** Nobody may send there. */
  readonly closed: boolean;
}

export const AUTO_CREATE_TOPIC = 'TBW102';
/** How many queues a topic has at most that is created by being sent to. */
export const AUTO_CREATE_QUEUES = 8;

const READ_WRITE = PERM.READ | PERM.WRITE;
const INHERITED = READ_WRITE | PERM.INHERIT;
const BENCHMARK_QUEUES = 16;
const CLUSTER_QUEUES = 16;
const DELAY_LEVELS = 18;

export function systemTopics(cluster: string, broker: string): ReadonlyMap<string, SystemTopic> {
  const topics: readonly SystemTopic[] = [
    { name: AUTO_CREATE_TOPIC, queues: AUTO_CREATE_QUEUES, perm: INHERITED, closed: false },
    { name: cluster, queues: CLUSTER_QUEUES, perm: INHERITED, closed: false },
    { name: broker, queues: 1, perm: INHERITED, closed: false },
    { name: `${cluster}_REPLY_TOPIC`, queues: 1, perm: READ_WRITE, closed: false },
    { name: 'BenchmarkTest', queues: BENCHMARK_QUEUES, perm: READ_WRITE, closed: false },
    { name: 'SELF_TEST_TOPIC', queues: 1, perm: READ_WRITE, closed: false },
    { name: 'OFFSET_MOVED_EVENT', queues: 1, perm: READ_WRITE, closed: false },
    { name: 'SCHEDULE_TOPIC_XXXX', queues: DELAY_LEVELS, perm: READ_WRITE, closed: true },
    { name: 'RMQ_SYS_TRANS_HALF_TOPIC', queues: 1, perm: READ_WRITE, closed: true },
  ];
  return new Map(topics.map((topic) => [topic.name, topic]));
}
