/**
 * All operations. What a client is told that we can do is exactly this list.
 */
import type { Operation } from './operation.ts';
import { advertise, apiVersions } from './operations/api-versions.ts';
import { CLUSTER as clusterOperations } from './operations/cluster.ts';
import { CONFIGS as configOperations } from './operations/configs.ts';
import { coordinatorOperations } from './operations/coordinator.ts';
import { fetch } from './operations/fetch.ts';
import { groupAdminOperations } from './operations/group-admin.ts';
import { listOffsets } from './operations/list-offsets.ts';
import { membershipOperations } from './operations/membership.ts';
import { metadata } from './operations/metadata.ts';
import { offsetOperations } from './operations/offsets.ts';
import { produce } from './operations/produce.ts';
import { initProducerId } from './operations/producers.ts';
import { RECORDS as recordOperations } from './operations/records.ts';
import { saslAuthenticate, saslHandshake } from './operations/sasl.ts';
import { TOPICS as topicOperations } from './operations/topics.ts';

const ALL: readonly Operation[] = [
  apiVersions,
  saslHandshake,
  saslAuthenticate,
  metadata,
  produce,
  fetch,
  listOffsets,
  initProducerId,
  ...coordinatorOperations,
  ...membershipOperations,
  ...offsetOperations,
  ...groupAdminOperations,
  ...topicOperations,
  ...recordOperations,
  ...configOperations,
  ...clusterOperations,
];

const byKey = new Map<number, Operation>(ALL.map((operation) => [operation.api.key, operation]));

advertise(ALL.map(({ api }) => api));

/** Undefined for what we can't do. */
export function operationOf(key: number): Operation | undefined {
  return byKey.get(key);
}

export const API_VERSIONS_KEY = apiVersions.api.key;
