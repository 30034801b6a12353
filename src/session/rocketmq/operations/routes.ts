/**
 * What clients ask a name server for: routes, the cluster, lists of topics, and settings by namespace and key.
 *
 * There is one broker, and it is told by the address by which the client came. Bodies have no white space and quoted
 * keys only, which every client reads.
 */
import {
  deleteKvConfig,
  deleteTopicInNameServer,
  getAllTopicList,
  getBrokerClusterInfo,
  getHasUnitSubTopicList,
  getHasUnitSubUnunitTopicList,
  getKvConfig,
  getKvListByNamespace,
  getNameServerConfig,
  getRouteInfoByTopic,
  getSystemTopicList,
  getTopicsByCluster,
  getUnitTopicList,
  putKvConfig,
  registerTopicInNameServer,
} from '../../../wire/rocketmq/apis/routes.ts';
import { clusterInfo, kvTable, topicList, topicRouteData } from '../../../wire/rocketmq/bodies/routes.ts';
import { RESPONSE } from '../../../wire/rocketmq/response-codes.ts';
import { BROKER_NAME, CLUSTER_NAME } from '../node.ts';
import { operation } from '../operation.ts';
import type { Peer } from '../peer.ts';
import { answer, bodyAnswer, OK, refusal } from '../reply.ts';

const ORDER_TOPIC_CONFIG = 'ORDER_TOPIC_CONFIG';

function brokerData({ host, node }: Peer) {
  const address = host.includes(':') ? `[${host}]` : host;
  return {
    cluster: CLUSTER_NAME,
    brokerName: BROKER_NAME,
    brokerAddrs: new Map([['0', `${address}:${node.options.brokerPort}`]]),
    enableActingMaster: false,
  };
}

const route = operation(getRouteInfoByTopic, ({ peer }, { topic }) => {
  const config = peer.node.topics.configOf(topic);
  if (config === undefined) {
    const text = `No topic route info in name server for the topic: ${topic}`;
    return refusal(RESPONSE.TOPIC_NOT_EXIST, text);
  }
  const { readQueueNums, writeQueueNums, perm, topicSysFlag } = config;
  const orderTopicConf = peer.node.kvConfig.get(ORDER_TOPIC_CONFIG, topic);
  return bodyAnswer(
    topicRouteData.encode({
      brokerDatas: [brokerData(peer)],
      filterServerTable: new Map(),
      ...(orderTopicConf === undefined ? {} : { orderTopicConf }),
      queueDatas: [{ brokerName: BROKER_NAME, readQueueNums, writeQueueNums, perm, topicSysFlag }],
    }),
  );
});

const cluster = operation(getBrokerClusterInfo, ({ peer }) =>
  bodyAnswer(
    clusterInfo.encode({
      brokerAddrTable: new Map([[BROKER_NAME, brokerData(peer)]]),
      clusterAddrTable: new Map([[CLUSTER_NAME, [BROKER_NAME]]]),
    }),
  ),
);

// ── Lists of topics ──

function namesOf({ node }: Peer): string[] {
  return [...node.topics.all].map(({ name }) => name);
}

function listed(names: readonly string[]) {
  return bodyAnswer(topicList.encode({ topicList: names }));
}

const allTopics = operation(getAllTopicList, ({ peer }) => {
  const { system } = peer.node.topics;
  return listed([...new Set([...system.keys(), ...namesOf(peer)])]);
});

const clusterTopics = operation(getTopicsByCluster, ({ peer }, { cluster: name }) =>
  listed(name === CLUSTER_NAME ? namesOf(peer) : []),
);

const systemTopicList = operation(getSystemTopicList, ({ peer }) => listed([...peer.node.topics.system.keys()]));

/** Units, a way to divide a cluster, are not used. */
const units = [getUnitTopicList, getHasUnitSubTopicList, getHasUnitSubUnunitTopicList].map((api) =>
  operation(api, () => listed([])),
);

// ── Settings ──

const put = operation(putKvConfig, ({ peer }, { namespace, key, value }) =>
  peer.node.kvConfig.put(namespace, key, value) ? OK : refusal(RESPONSE.SYSTEM_ERROR, 'too many settings'),
);

const get = operation(getKvConfig, ({ peer }, { namespace, key }) => {
  const value = peer.node.kvConfig.get(namespace, key);
  if (value !== undefined) return answer({ value });
  return refusal(RESPONSE.QUERY_NOT_FOUND, `No config item, Namespace: ${namespace} Key: ${key}`);
});

const remove = operation(deleteKvConfig, ({ peer }, { namespace, key }) => {
  peer.node.kvConfig.delete(namespace, key);
  return OK;
});

const listSettings = operation(getKvListByNamespace, ({ peer }, { namespace }) => {
  const table = peer.node.kvConfig.all(namespace);
  if (table !== undefined) return bodyAnswer(kvTable.encode({ table }));
  return refusal(RESPONSE.QUERY_NOT_FOUND, `No config item, Namespace: ${namespace}`);
});

/** There is nothing to be set. */
const config = operation(getNameServerConfig, () => bodyAnswer(new Uint8Array(0)));

/** Name server and broker are one: what the broker is told about a topic, the name server knows. */
const known = [deleteTopicInNameServer, registerTopicInNameServer].map((api) => operation(api, () => OK));

export const ROUTE_OPERATIONS = [
  route,
  cluster,
  allTopics,
  clusterTopics,
  systemTopicList,
  ...units,
  put,
  get,
  remove,
  listSettings,
  config,
  ...known,
];
