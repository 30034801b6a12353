/**
 * Which APIs there are, by key: what a session routes by, and what ApiVersions advertises.
 *
 * The ranges are Kafka 4.3's, so every client negotiates as it does with Kafka.
 */
import type { Api } from './api.ts';
import { apiVersionsApi } from './apis/api-versions.ts';
import {
  describeClusterApi,
  describeLogDirsApi,
  describeTopicPartitionsApi,
  electLeadersApi,
  listPartitionReassignmentsApi,
} from './apis/cluster.ts';
import { offsetCommitApi, offsetDeleteApi, offsetFetchApi } from './apis/committed-offsets.ts';
import {
  alterConfigsApi,
  describeConfigsApi,
  incrementalAlterConfigsApi,
  listConfigResourcesApi,
} from './apis/configs.ts';
import { fetchApi } from './apis/fetch.ts';
import { deleteGroupsApi, describeGroupsApi, listGroupsApi } from './apis/group-administration.ts';
import {
  findCoordinatorApi,
  heartbeatApi,
  joinGroupApi,
  leaveGroupApi,
  syncGroupApi,
} from './apis/group-membership.ts';
import { metadataApi } from './apis/metadata.ts';
import { listOffsetsApi, offsetForLeaderEpochApi } from './apis/offset-lookup.ts';
import { produceApi } from './apis/produce.ts';
import { describeProducersApi, initProducerIdApi } from './apis/producers.ts';
import { saslAuthenticateApi, saslHandshakeApi } from './apis/sasl.ts';
import { createPartitionsApi, createTopicsApi, deleteRecordsApi, deleteTopicsApi } from './apis/topics.ts';

const all: Api[] = [
  produceApi,
  fetchApi,
  listOffsetsApi,
  metadataApi,
  offsetCommitApi,
  offsetFetchApi,
  findCoordinatorApi,
  joinGroupApi,
  heartbeatApi,
  leaveGroupApi,
  syncGroupApi,
  describeGroupsApi,
  listGroupsApi,
  saslHandshakeApi,
  apiVersionsApi,
  createTopicsApi,
  deleteTopicsApi,
  deleteRecordsApi,
  initProducerIdApi,
  offsetForLeaderEpochApi,
  describeConfigsApi,
  alterConfigsApi,
  describeLogDirsApi,
  saslAuthenticateApi,
  createPartitionsApi,
  deleteGroupsApi,
  electLeadersApi,
  incrementalAlterConfigsApi,
  listPartitionReassignmentsApi,
  offsetDeleteApi,
  describeClusterApi,
  describeProducersApi,
  listConfigResourcesApi,
  describeTopicPartitionsApi,
];

/** By ascending key. */
export const APIS: readonly Api[] = all.sort((a, b) => a.key - b.key);

const byKey: (Api | undefined)[] = [];
for (const api of APIS) byKey[api.key] = api;

/** The API of a key, or undefined for one that we do not know. */
export function apiOf(key: number): Api | undefined {
  return byKey[key];
}
