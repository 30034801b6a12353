/**
 * BROKER_CONFIGS: the broker's configs that tools look at, under Kafka's names, and what they are here.
 *
 * Whoever reads them decides by them: how many partitions a new topic has, how long a group is remembered, how large a
 * request may be. So only what has a true answer is listed: what says how Kafka uses its threads, files and other
 * brokers is not, unless somebody set it (broker-settings.ts). These here can't be changed while the broker runs, so
 * all are read-only.
 *
 *   values   where we differ from Kafka's default, or where there is none: told as set at the start
 *   initial  Kafka's default, which holds where `values` says nothing
 */
import { type ConfigDefinition, type ConfigType, type Definitions, definitionsOf } from './config-definition.ts';
import { defaultGroupLimits } from './groups/limits.ts';
import { MECHANISMS } from './sasl.ts';
import { TOPIC_CONFIGS } from './topic-definitions.ts';

const MINUTE = 60_000;

type Row = readonly [name: string, type: ConfigType, initial: string | null, documentation: string];

const ROWS: readonly Row[] = [
  ['advertised.listeners', 'list', null, 'Where clients are told to connect to.'],
  ['authorizer.class.name', 'string', '', 'What decides who may do what; none, whoever is let in may do everything.'],
  ['auto.create.topics.enable', 'boolean', 'true', 'Whether a topic that a client asks for is made if there is none.'],
  ['broker.id', 'int', '-1', 'The number of this broker; see node.id.'],
  ['broker.rack', 'string', null, 'Where the broker stands.'],
  ['connections.max.idle.ms', 'long', '600000', 'After what time a silent connection is closed.'],
  ['controller.listener.names', 'list', null, 'The listeners of the controller, which needs none here.'],
  ['default.replication.factor', 'int', '1', 'How many replicas a partition has.'],
  ['delete.topic.enable', 'boolean', 'true', 'Whether topics can be deleted.'],
  ['group.coordinator.rebalance.protocols', 'list', 'classic,consumer,streams', 'The kinds of groups that there are.'],
  ['group.initial.rebalance.delay.ms', 'int', '3000', 'How long the first member of a group waits for others.'],
  ['group.max.session.timeout.ms', 'int', '1800000', 'The longest silence that a member may ask for.'],
  ['group.max.size', 'int', '2147483647', 'How many members a group may have.'],
  ['group.min.session.timeout.ms', 'int', '6000', 'The shortest silence that a member may ask for.'],
  ['inter.broker.listener.name', 'string', null, 'By which listener brokers would find each other.'],
  ['listener.security.protocol.map', 'string', null, 'Whether a listener asks who is there.'],
  ['listeners', 'list', 'PLAINTEXT://:9092', 'Where the broker listens.'],
  ['log.cleaner.enable', 'boolean', 'true', 'Whether compacted topics are compacted.'],
  ['log.dirs', 'list', null, 'Where the data is: one journal for everything.'],
  ['log.retention.check.interval.ms', 'long', '300000', 'How often it is looked for records that are too old.'],
  ['log.retention.hours', 'int', '168', 'How long a topic keeps records that says nothing else; in hours.'],
  ['log.retention.minutes', 'int', null, 'The same in minutes, before the hours.'],
  ['log.retention.ms', 'long', null, 'The same in milliseconds, before the minutes.'],
  ['node.id', 'int', null, 'The number of this broker.'],
  ['num.partitions', 'int', '1', 'How many partitions a topic has for which nobody says it.'],
  ['offset.metadata.max.bytes', 'int', '4096', 'How much a client may note with an offset.'],
  ['offsets.retention.check.interval.ms', 'long', '600000', 'How often it is looked for offsets that nobody needs.'],
  ['offsets.retention.minutes', 'int', '10080', 'How long the offsets of an empty group are kept.'],
  ['offsets.topic.num.partitions', 'int', '50', 'Partitions of the topic of offsets; here they are in the journal.'],
  ['offsets.topic.replication.factor', 'short', '3', 'Replicas of the topic of offsets.'],
  ['process.roles', 'list', null, 'What this process does.'],
  ['remote.log.storage.system.enable', 'boolean', 'false', 'Whether there is remote storage.'],
  ['sasl.enabled.mechanisms', 'list', 'GSSAPI', 'How a client can say who it is.'],
  ['socket.request.max.bytes', 'int', '104857600', 'How large a request may be.'],
  ['ssl.client.auth', 'string', 'none', 'Whether clients must show a certificate.'],
  ['transaction.state.log.min.isr', 'int', '2', 'In-sync replicas of the topic of transactions.'],
  ['transaction.state.log.replication.factor', 'short', '3', 'Replicas of the topic of transactions.'],
];

/** The broker's side of a topic's default; some have one name for both. */
function defaultsOfTopics(): ConfigDefinition[] {
  const definitions: ConfigDefinition[] = [];
  for (const { name, synonym, ...definition } of TOPIC_CONFIGS.values()) {
    if (synonym !== undefined) definitions.push({ ...definition, name: synonym });
  }
  return definitions;
}

/** By ascending name. */
export const BROKER_CONFIGS: Definitions = definitionsOf(
  [
    ...ROWS.map(([name, type, initial, documentation]): ConfigDefinition => ({ name, type, initial, documentation })),
    ...defaultsOfTopics(),
  ].sort((a, b) => (a.name < b.name ? -1 : 1)),
);

export interface BrokerFacts {
  readonly nodeId: number;
  /** As the client that asks knows it. */
  readonly host: string;
  readonly port: number;
  readonly partitions: number;
  readonly retentionCheckMs: number;
  readonly logDir: string;
}

/** What is not Kafka's default. */
export function brokerValues(facts: BrokerFacts): ReadonlyMap<string, string> {
  const { nodeId, host, port, partitions, retentionCheckMs, logDir } = facts;
  const listener = `PLAINTEXT://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const limits = defaultGroupLimits;
  const here: Readonly<Record<string, string | number>> = {
    'advertised.listeners': listener,
    'broker.id': nodeId,
    'group.coordinator.rebalance.protocols': 'classic',
    'group.initial.rebalance.delay.ms': 0,
    'group.max.session.timeout.ms': limits.sessionTimeoutMaxMs,
    'group.max.size': limits.membersMax,
    'group.min.session.timeout.ms': limits.sessionTimeoutMinMs,
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT',
    listeners: listener,
    'log.cleaner.enable': 'false',
    'log.dirs': logDir,
    'log.retention.check.interval.ms': retentionCheckMs,
    'node.id': nodeId,
    'num.partitions': partitions,
    'offset.metadata.max.bytes': limits.offsetMetadataCharactersMax,
    'offsets.retention.check.interval.ms': limits.retentionCheckMs,
    'offsets.retention.minutes': limits.retentionMs / MINUTE,
    'offsets.topic.num.partitions': 1,
    'offsets.topic.replication.factor': 1,
    'process.roles': 'broker,controller',
    'sasl.enabled.mechanisms': MECHANISMS.join(','),
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.replication.factor': 1,
  };
  const values = new Map<string, string>();
  for (const [name, value] of Object.entries(here)) {
    if (BROKER_CONFIGS.get(name)?.initial !== String(value)) values.set(name, String(value));
  }
  return values;
}
