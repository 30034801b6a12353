/**
 * Routes: what clients and admins ask a name server for.
 */
import { api } from '../api.ts';
import { REQUEST } from '../request-codes.ts';
import { flag, int, text } from '../schema.ts';

const keyFields = { namespace: text, key: text };

/** `acceptStandardJsonOnly`: the client can't read unquoted keys. We never send them in a route. */
export const getRouteInfoByTopic = api(REQUEST.GET_ROUTEINFO_BY_TOPIC, {
  topic: text,
  acceptStandardJsonOnly: flag.or(false),
});
export const getBrokerClusterInfo = api(REQUEST.GET_BROKER_CLUSTER_INFO, {});
export const getAllTopicList = api(REQUEST.GET_ALL_TOPIC_LIST_FROM_NAMESERVER, {});
export const getTopicsByCluster = api(REQUEST.GET_TOPICS_BY_CLUSTER, { cluster: text });
export const getSystemTopicList = api(REQUEST.GET_SYSTEM_TOPIC_LIST_FROM_NS, {});
export const deleteTopicInNameServer = api(REQUEST.DELETE_TOPIC_IN_NAMESRV, {
  topic: text,
  clusterName: text.optional(),
});
/** The body is a route. */
export const registerTopicInNameServer = api(REQUEST.REGISTER_TOPIC_IN_NAMESRV, { topic: text });

export const putKvConfig = api(REQUEST.PUT_KV_CONFIG, { ...keyFields, value: text });
export const getKvConfig = api(REQUEST.GET_KV_CONFIG, keyFields, { value: text.optional() });
export const deleteKvConfig = api(REQUEST.DELETE_KV_CONFIG, keyFields);
export const getKvListByNamespace = api(REQUEST.GET_KVLIST_BY_NAMESPACE, { namespace: text });

/** Like a broker's: `key=value` lines in the body. */
export const updateNameServerConfig = api(REQUEST.UPDATE_NAMESRV_CONFIG, {});
export const getNameServerConfig = api(REQUEST.GET_NAMESRV_CONFIG, {});

export const getUnitTopicList = api(REQUEST.GET_UNIT_TOPIC_LIST, {});
export const getHasUnitSubTopicList = api(REQUEST.GET_HAS_UNIT_SUB_TOPIC_LIST, {});
export const getHasUnitSubUnunitTopicList = api(REQUEST.GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST, {});
export const wipeWritePermission = api(
  REQUEST.WIPE_WRITE_PERM_OF_BROKER,
  { brokerName: text },
  { wipeTopicCount: int },
);
export const addWritePermission = api(REQUEST.ADD_WRITE_PERM_OF_BROKER, { brokerName: text }, { addTopicCount: int });
