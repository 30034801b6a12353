/**
 * The broker itself: its figures and settings, and questions for its clients that it passes on.
 */

import { copyOf } from '../../../bytes/copy.ts';
import {
  getBrokerConfig,
  getBrokerRuntimeInfo,
  updateBrokerConfig,
  viewBrokerStatsData,
} from '../../../wire/rocketmq/apis/administration.ts';
import { consumeMessageDirectly, getConsumerRunningInfo } from '../../../wire/rocketmq/apis/consumption.ts';
import { kvTable } from '../../../wire/rocketmq/bodies/routes.ts';
import { VERSION } from '../../../wire/rocketmq/constants.ts';
import { RESPONSE } from '../../../wire/rocketmq/response-codes.ts';
import type { Call } from '../call.ts';
import type { Channel } from '../channel.ts';
import { BROKER_NAME, CLUSTER_NAME } from '../node.ts';
import { operation } from '../operation.ts';
import { answer, bodyAnswer, type Reply, refusal } from '../reply.ts';
import { BODY_BYTES_MAX } from '../sending.ts';

const NO_BODY = new Uint8Array(0);

const runtime = operation(getBrokerRuntimeInfo, ({ peer }) => {
  const { broker, options, clients, namespace } = peer.node;
  const { published } = broker.publishCounters();
  const figures = {
    brokerVersion: VERSION.V5_3_3,
    brokerVersionDesc: 'V5_3_3',
    brokerActive: true,
    bootTimestamp: options.startedAt,
    runtime: `${Math.floor((broker.clock.now - options.startedAt) / 1000)} seconds`,
    msgPutTotalTodayNow: published,
    msgPutTotalTodayMorning: 0,
    putTps: '0.0 0.0 0.0',
    getTransferredTps: '0.0 0.0 0.0',
    getTotalTps: '0.0 0.0 0.0',
    sendThreadPoolQueueSize: 0,
    pullThreadPoolQueueSize: 0,
    queryThreadPoolQueueSize: 0,
    endTransactionQueueSize: 0,
    consumerQueueSize: clients.consumers.size,
    producerQueueSize: clients.producers.size,
    heldMessages: namespace.prepared.held,
    timerReadBehind: 0,
    timerOffsetBehind: 0,
    timerCongestNum: 0,
    timerEnqueueTps: '0.0',
    timerDequeueTps: '0.0',
    commitLogDiskRatio: 0,
    pageCacheLockTimeMills: 0,
    earliestMessageTimeStamp: options.startedAt,
  };
  const table = new Map(Object.entries(figures).map(([name, value]) => [name, String(value)]));
  return bodyAnswer(kvTable.encode({ table }));
});

/** What tools look for in RocketMQ's settings, as far as it is so here. Nothing of it can be set. */
const config = operation(getBrokerConfig, ({ peer }) => {
  const { options } = peer.node;
  const settings = {
    brokerName: BROKER_NAME,
    brokerClusterName: CLUSTER_NAME,
    brokerId: 0,
    brokerIP1: peer.host,
    listenPort: options.brokerPort,
    autoCreateTopicEnable: options.autoCreate,
    autoCreateSubscriptionGroup: true,
    enablePropertyFilter: true,
    recallMessageEnable: true,
    maxMessageSize: BODY_BYTES_MAX,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
  return answer({ version: '{"counter":1,"stateVersion":0}' }, Buffer.from(lines.join('')));
});

const setConfig = operation(updateBrokerConfig, () =>
  refusal(RESPONSE.NO_PERMISSION, 'the settings of this broker are those of its configuration file'),
);

/** Rates by name and key: counted nowhere, as RocketMQ answers for what was never counted. */
const rates = operation(viewBrokerStatsData, (_, { statsName, statsKey }) =>
  refusal(RESPONSE.SYSTEM_ERROR, `The stats <${statsName}> <${statsKey}> not exist`),
);

// ── Asking a client ──

function clientOf({ peer }: Pick<Call, 'peer'>, group: string, clientId: string | null): Channel | Reply {
  const members = peer.node.clients.consumers.get(group)?.members;
  for (const member of members?.values() ?? []) {
    if (clientId === null || member.clientId === clientId) return member.channel;
  }
  return refusal(RESPONSE.CONSUMER_NOT_ONLINE, `The Consumer <${group}> <${clientId}> not online`);
}

const runningInfo = operation(getConsumerRunningInfo, (call, request) => {
  const client = clientOf(call, request.consumerGroup, request.clientId);
  if (!('writer' in client)) return client;
  const { code, request: shape } = getConsumerRunningInfo;
  return call.peer.node.relays.ask(client, code, shape, request, NO_BODY, (reply) => call.answer(reply));
});

const consumeDirectly = operation(consumeMessageDirectly, (call, request) => {
  const client = clientOf(call, request.consumerGroup, request.clientId);
  if (!('writer' in client)) return client;
  const { code, request: shape } = consumeMessageDirectly;
  const { bytes, bodyStart, bodyEnd } = call.command;
  const body = copyOf(bytes, bodyStart, bodyEnd);
  return call.peer.node.relays.ask(client, code, shape, request, body, (reply) => call.answer(reply));
});

export const BROKER_OPERATIONS = [runtime, config, setConfig, rates, runningInfo, consumeDirectly];
