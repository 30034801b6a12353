/**
 * DescribeConfigs, AlterConfigs, IncrementalAlterConfigs, ListConfigResources: what is set, for whom, and since when.
 *
 *   topic           all that Kafka knows can be described and set; kept with the topic, and its retention follows
 *   broker          described. It is configured where it is started: a change is refused, unless it changes nothing, or
 *                   means nothing here; then it is kept
 *   broker logger   none, nor what Kafka sets for groups and for the metrics of clients: described as empty, a change
 *                   is refused
 *
 * A resource of a request is changed whole or not at all, and stands for itself.
 */
import { NO_ARGUMENTS, sameValue, type Table } from '../../../core/value.ts';
import type { RequestOf, ResponseOf } from '../../../wire/kafka/api.ts';
import {
  alterConfigsApi,
  CONFIG_RESOURCE,
  describeConfigsApi,
  incrementalAlterConfigsApi,
  listConfigResourcesApi,
} from '../../../wire/kafka/apis/configs.ts';
import { ERROR } from '../../../wire/kafka/error-codes.ts';
import { BROKER_CONFIGS, brokerValues } from '../broker-config.ts';
import { alteredSettings, type BrokerSetting, keepSettings, SETTABLE, settingsOfBroker } from '../broker-settings.ts';
import type { Call } from '../call.ts';
import { brokerEntries, type ConfigEntry, settingEntries, topicEntries } from '../config-entry.ts';
import { CLUSTER_TOPIC } from '../internal-topics.ts';
import { NODE_ID } from '../node.ts';
import { type Operation, operation } from '../operation.ts';
import type { Peer } from '../peer.ts';
import { invalid, noSuchTopic, Refusal, repeated } from '../refusal.ts';
import { retentionOf } from '../topic-config.ts';
import { altered, type Setting, settingsOf } from '../topic-settings.ts';
import { LOG_DIR } from './cluster.ts';

type Asked = RequestOf<typeof describeConfigsApi>['resources'][number];
type Described = ResponseOf<typeof describeConfigsApi>['results'][number];
type AlterResponse = ResponseOf<typeof alterConfigsApi>;

interface Resource<Change extends Setting> {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly configs: readonly Change[];
}

const TYPES: readonly number[] = Object.values(CONFIG_RESOURCE);

// ── Describing ──

export const describeConfigs = operation(describeConfigsApi, ({ peer }, request) => {
  const { includeSynonyms, includeDocumentation } = request;
  // Each once, so that an answer is not larger than what there is to tell.
  const resources = new Map(request.resources.map((asked) => [`${asked.resourceType}/${asked.resourceName}`, asked]));
  const results = [...resources.values()].map((asked): Described => {
    const { resourceType, resourceName } = asked;
    const entries = entriesOf(peer, asked);
    if (entries instanceof Refusal) {
      return { errorCode: entries.code, errorMessage: entries.message, resourceType, resourceName, configs: [] };
    }
    const configs = entries.map((entry) => ({
      ...entry,
      synonyms: includeSynonyms ? entry.synonyms : [],
      documentation: includeDocumentation ? entry.documentation : null,
    }));
    return { errorCode: ERROR.NONE, errorMessage: null, resourceType, resourceName, configs };
  });
  return { throttleTimeMs: 0, results };
});

function entriesOf(peer: Peer, asked: Asked): readonly ConfigEntry[] | Refusal {
  const { resourceType, resourceName, configurationKeys } = asked;
  // To name none is to name all.
  const names = configurationKeys === null || configurationKeys.length === 0 ? null : new Set(configurationKeys);
  switch (resourceType) {
    case CONFIG_RESOURCE.topic: {
      const topic = peer.node.topics.find(resourceName);
      return topic === undefined ? noSuchTopic(resourceName) : topicEntries(topic.settings, names);
    }
    case CONFIG_RESOURCE.broker: {
      const refusal = refusalOfBroker(resourceName);
      if (refusal !== null) return refusal;
      const shared = settingsOfBroker(peer.node.namespace, '');
      if (resourceName === '') return settingEntries(SETTABLE.values(), null, shared, names);
      const own = settingsOfBroker(peer.node.namespace, resourceName);
      return [
        ...brokerEntries(BROKER_CONFIGS.values(), valuesOf(peer), names),
        ...settingEntries(SETTABLE.values(), own, shared, names),
      ];
    }
    case CONFIG_RESOURCE.brokerLogger:
      return refusalOfBroker(resourceName) ?? [];
    case CONFIG_RESOURCE.group:
    case CONFIG_RESOURCE.clientMetrics:
      return [];
    default:
      return unknownType(resourceType);
  }
}

function valuesOf({ node, host, port }: Peer): ReadonlyMap<string, string> {
  const { partitions } = node.options;
  const { retentionCheckMs } = node.broker.limits;
  return brokerValues({ nodeId: NODE_ID, host, port, partitions, retentionCheckMs, logDir: LOG_DIR });
}

function refusalOfBroker(name: string): Refusal | null {
  if (name === '' || name === String(NODE_ID)) return null;
  if (!/^-?\d{1,10}$/.test(name)) return invalid(`Broker id must be an integer, but it is: ${name}`);
  return invalid(`Unexpected broker id, expected ${NODE_ID} or empty string, but received ${name}`);
}

function unknownType(type: number): Refusal {
  return invalid(`Unknown resource type ${type}`);
}

// ── Altering ──

export const alterConfigs = operation(alterConfigsApi, (call, { resources, validateOnly }) =>
  alter(call, resources, validateOnly, {
    fromNothing: true,
    topic: (_before, configs: readonly Setting[]) => {
      const missing = configs.find(({ value }) => value === null);
      return missing === undefined ? settingsOf(configs) : invalid(`Null value not supported for : ${missing.name}`);
    },
  }),
);

export const incrementalAlterConfigs = operation(incrementalAlterConfigsApi, (call, { resources, validateOnly }) =>
  alter(call, resources, validateOnly, { fromNothing: false, topic: altered }),
);

/** How a request changes what is set. */
interface Manner<Change extends Setting> {
  /** What was set before is forgotten. */
  readonly fromNothing: boolean;
  topic(before: Table, configs: readonly Change[]): Table | Refusal;
}

function alter<Change extends Setting>(
  call: Call<AlterResponse>,
  resources: readonly Resource<Change>[],
  validateOnly: boolean,
  manner: Manner<Change>,
): AlterResponse | null {
  const { peer } = call;
  const keyOf = ({ resourceType, resourceName }: Resource<Change>): string => `${resourceType}/${resourceName}`;
  const twice = repeated(resources.map(keyOf));
  let changed = false;
  const responses = resources.map((resource) => {
    const { resourceType, resourceName, configs } = resource;
    let outcome: boolean | Refusal;
    if (twice.has(keyOf(resource))) outcome = invalid('Each resource must appear at most once.');
    else if (repeated(configs.map(({ name }) => name)).size > 0)
      outcome = invalid('Error due to duplicate config keys');
    else outcome = alterOne(peer, resource, validateOnly, manner);
    changed ||= outcome === true;
    const refusal = outcome instanceof Refusal ? outcome : null;
    const errorMessage = refusal?.message ?? null;
    return { errorCode: refusal?.code ?? ERROR.NONE, errorMessage, resourceType, resourceName };
  });
  const response = { throttleTimeMs: 0, responses };
  if (!changed) return response;
  call.answerWhenCommitted(peer.node.broker.store.filling, response);
  return null;
}

/** Whether anything was changed. */
function alterOne<Change extends Setting>(
  peer: Peer,
  resource: Resource<Change>,
  validateOnly: boolean,
  manner: Manner<Change>,
): boolean | Refusal {
  const { resourceType, resourceName, configs } = resource;
  if (!TYPES.includes(resourceType)) return unknownType(resourceType);
  switch (resourceType) {
    case CONFIG_RESOURCE.topic:
      return alterTopic(peer, resource, validateOnly, manner);
    case CONFIG_RESOURCE.broker:
      return refusalOfBroker(resourceName) ?? alterBroker(peer, resource, validateOnly, manner.fromNothing);
    case CONFIG_RESOURCE.brokerLogger:
      return refusalOfBroker(resourceName) ?? unknownLogger(configs) ?? false;
    default: {
      const kind = resourceType === CONFIG_RESOURCE.group ? 'group' : 'client metrics';
      return configs.length > 0 && new Refusal(ERROR.INVALID_CONFIG, `No ${kind} configs can be set.`);
    }
  }
}

function alterTopic<Change extends Setting>(
  { node }: Peer,
  { resourceName, configs }: Resource<Change>,
  validateOnly: boolean,
  manner: Manner<Change>,
): boolean | Refusal {
  if (resourceName === '') return invalid('Default topic resources are not allowed.');
  const topic = node.topics.find(resourceName);
  if (topic === undefined) return noSuchTopic(resourceName);
  const settings = manner.topic(topic.settings, configs);
  if (settings instanceof Refusal) return settings;
  if (validateOnly) return false;
  node.namespace.topics.alter(topic, { settings, retention: retentionOf(settings) });
  return true;
}

function alterBroker(
  peer: Peer,
  { resourceName, configs }: Resource<BrokerSetting>,
  validateOnly: boolean,
  fromNothing: boolean,
): boolean | Refusal {
  const { namespace } = peer.node;
  const values = valuesOf(peer);
  const holds = (name: string) => values.get(name) ?? BROKER_CONFIGS.get(name)?.initial;
  const before = settingsOfBroker(namespace, resourceName);
  const settings = alteredSettings(resourceName, fromNothing ? NO_ARGUMENTS : before, configs, holds);
  if (settings instanceof Refusal) return settings;
  if (validateOnly || sameValue(settings, before)) return false;
  return keepSettings(namespace, resourceName, settings) || invalid(`The name ${CLUSTER_TOPIC} is taken.`);
}

function unknownLogger(configs: readonly Setting[]): Refusal | null {
  const [first] = configs;
  return first === undefined ? null : new Refusal(ERROR.INVALID_CONFIG, `Logger ${first.name} does not exist!`);
}

// ── What there is to describe ──

/** In version 0 what is set for the metrics of clients: nothing. */
export const listConfigResources = operation(listConfigResourcesApi, ({ peer, version }, { resourceTypes }) => {
  const types = resourceTypes.length > 0 ? resourceTypes : TYPES;
  const known = version === 0 || types.every((type) => TYPES.includes(type));
  const configResources: { resourceName: string; resourceType: number }[] = [];
  const isAsked = (type: number): boolean => version > 0 && known && types.includes(type);
  if (isAsked(CONFIG_RESOURCE.broker)) {
    configResources.push({ resourceName: String(NODE_ID), resourceType: CONFIG_RESOURCE.broker });
  }
  if (isAsked(CONFIG_RESOURCE.topic)) {
    for (const { name } of peer.node.topics.all) {
      configResources.push({ resourceName: name, resourceType: CONFIG_RESOURCE.topic });
    }
  }
  return { throttleTimeMs: 0, errorCode: known ? ERROR.NONE : ERROR.UNSUPPORTED_VERSION, configResources };
});

/** All of them. */
export const CONFIGS: readonly Operation[] = [
  describeConfigs,
  alterConfigs,
  incrementalAlterConfigs,
  listConfigResources,
];
