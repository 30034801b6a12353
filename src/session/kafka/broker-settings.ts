/**
 * BrokerSettings: what was set for the broker while it runs, and comes back after a restart.
 *
 *   arguments of the internal exchange __cluster_metadata, where Kafka has a log of that name
 *     '1' ─▶ { 'log.cleaner.threads': '3' }     of broker 1            ── holds where it says something, else
 *     ''  ─▶ { 'log.cleaner.threads': '2' }     of all brokers         ── this, else the default
 *
 * The configs in this table can be set because nothing follows from them: they are about parts of Kafka that there are
 * none of here (its threads, its cleaner, its other brokers, remote storage, logins of its own). Scripts that set up
 * brokers, and tools that move partitions, set them and go on. What would mean something here is set where the
 * broker is started; to say yes to it and do nothing would be a lie. They are described only when they were set, for
 * their defaults say nothing about us.
 *
 * A table of settings is replaced and never changed.
 */
import type { Namespace } from '../../core/namespace.ts';
import { NO_ARGUMENTS, type Table } from '../../core/value.ts';
import { CONFIG_OPERATION } from '../../wire/kafka/apis/configs.ts';
import { ERROR } from '../../wire/kafka/error-codes.ts';
import {
  type ConfigDefinition,
  type ConfigType,
  type Definitions,
  definitionsOf,
  problemOf,
} from './config-definition.ts';
import { CLUSTER_TOPIC, internalExchange } from './internal-topics.ts';
import { invalid, Refusal } from './refusal.ts';
import type { Setting, Step } from './topic-settings.ts';

export type BrokerSetting = Setting & Partial<Step>;

type Row = readonly [
  name: string,
  type: ConfigType,
  initial: string | null,
  least: number | null,
  documentation: string,
];

const ROWS: readonly Row[] = [
  ['background.threads', 'int', '10', 1, 'Threads for what is not urgent.'],
  ['follower.fetch.last.tiered.offset.enable', 'boolean', 'false', null, 'Where a new replica begins to copy.'],
  ['follower.replication.throttled.rate', 'long', null, 0, 'Bytes a second that it copies from leaders.'],
  ['leader.replication.throttled.rate', 'long', null, 0, 'Bytes a second that its followers may copy.'],
  ['log.cleaner.backoff.ms', 'long', '15000', 0, 'How long the cleaner rests when nothing is to clean.'],
  ['log.cleaner.dedupe.buffer.size', 'long', '134217728', 1, 'Memory for the keys that the cleaner has seen.'],
  ['log.cleaner.io.buffer.load.factor', 'double', '0.9', null, 'How full that memory may be.'],
  ['log.cleaner.io.buffer.size', 'int', '524288', 0, 'Memory with which the cleaner reads and writes.'],
  ['log.cleaner.io.max.bytes.per.second', 'double', '1.7976931348623157E308', null, 'How fast the cleaner may be.'],
  ['log.cleaner.threads', 'int', '1', 1, 'Threads of the cleaner.'],
  ['num.io.threads', 'int', '8', 1, 'Threads that work on requests.'],
  ['num.network.threads', 'int', '3', 1, 'Threads that read requests and write answers.'],
  ['num.recovery.threads.per.data.dir', 'int', '2', 1, 'Threads that read a folder of logs at the start.'],
  ['num.replica.fetchers', 'int', '1', 1, 'Threads that copy from one leader.'],
  ['remote.fetch.max.wait.ms', 'int', '500', 1, 'How long a fetch waits for remote storage.'],
  ['remote.list.offsets.request.timeout.ms', 'long', '30000', 1, 'How long a search in remote storage may take.'],
  ['remote.log.index.file.cache.total.size.bytes', 'long', '1073741824', 1, 'Room for indexes of remote storage.'],
  ['remote.log.manager.copier.thread.pool.size', 'int', '10', 1, 'Threads that copy to remote storage.'],
  ['remote.log.manager.copy.max.bytes.per.second', 'long', '9223372036854775807', 1, 'How fast they may be.'],
  ['remote.log.manager.expiration.thread.pool.size', 'int', '10', 1, 'Threads that delete from remote storage.'],
  ['remote.log.manager.fetch.max.bytes.per.second', 'long', '9223372036854775807', 1, 'How fast is read from it.'],
  ['remote.log.manager.follower.thread.pool.size', 'int', '2', 1, 'Threads for remote partitions led elsewhere.'],
  ['remote.log.reader.threads', 'int', '10', 1, 'Threads that read from remote storage.'],
  ['replica.alter.log.dirs.io.max.bytes.per.second', 'long', null, 0, 'How fast replicas move between folders.'],
  ['sasl.kerberos.kinit.cmd', 'string', '/usr/bin/kinit', null, 'The program that gets a ticket.'],
  ['sasl.kerberos.min.time.before.relogin', 'long', '60000', null, 'How long a login with a ticket lasts at least.'],
  ['sasl.kerberos.service.name', 'string', null, null, 'By which name the broker is known to Kerberos.'],
  ['sasl.kerberos.ticket.renew.jitter', 'double', '0.05', null, 'How much chance is in the time of a renewal.'],
  ['sasl.kerberos.ticket.renew.window.factor', 'double', '0.8', null, 'When in its life a ticket is renewed.'],
  ['sasl.login.refresh.buffer.seconds', 'short', '300', 0, 'How long before its end a login is renewed.'],
  ['sasl.login.refresh.min.period.seconds', 'short', '60', 0, 'How long a login lasts before it is renewed.'],
  ['sasl.login.refresh.window.factor', 'double', '0.8', 0, 'When in its life a login is renewed.'],
  ['sasl.login.refresh.window.jitter', 'double', '0.05', 0, 'How much chance is in the time of a renewal.'],
];

/** What can be set, by ascending name. */
export const SETTABLE: Definitions = definitionsOf(
  ROWS.map(
    ([name, type, initial, least, documentation]): ConfigDefinition =>
      least === null ? { name, type, initial, documentation } : { name, type, initial, documentation, least },
  ),
);

/** Of these each broker has its own, which can't be set for all together. */
const OF_ONE_BROKER = 'sasl.';

/** `broker` '' is all of them. */
export function settingsOfBroker(namespace: Namespace, broker: string): Table {
  const settings = namespace.exchanges.get(CLUSTER_TOPIC)?.arguments.get(broker);
  return settings instanceof Map ? settings : NO_ARGUMENTS;
}

/** Durable once the group being filled is committed; false if another exchange has that name. */
export function keepSettings(namespace: Namespace, broker: string, settings: Table): boolean {
  const known = namespace.exchanges.get(CLUSTER_TOPIC);
  if (known !== undefined && !known.internal) return false;
  const all: Table = new Map(known?.arguments);
  all.set(broker, settings);
  if (known !== undefined) namespace.deleteExchange(CLUSTER_TOPIC);
  return internalExchange(namespace, CLUSTER_TOPIC, all) !== undefined;
}

/**
 * The settings after these changes: steps from `before`, or (without operations) a set that replaces it. `holds` says
 * what holds for a config that can't be set: to set that changes nothing and is harmless.
 */
export function alteredSettings(
  broker: string,
  before: Table,
  changes: readonly BrokerSetting[],
  holds: (name: string) => string | null | undefined,
): Table | Refusal {
  const settings: Table = new Map(before);
  const fixed: string[] = [];
  const shared: string[] = [];
  for (const { name, value, configOperation = CONFIG_OPERATION.set } of changes) {
    const definition = SETTABLE.get(name);
    if (configOperation === CONFIG_OPERATION.delete) settings.delete(name);
    else if (definition === undefined) {
      if (configOperation !== CONFIG_OPERATION.set || value === null || value !== holds(name)) fixed.push(name);
    } else if (broker === '' && name.startsWith(OF_ONE_BROKER)) shared.push(name);
    else {
      const refusal = refusalOf(definition, value, configOperation);
      if (refusal !== null) return refusal;
      settings.set(name, value);
    }
  }
  if (fixed.length > 0) return invalid(`Cannot update these configs dynamically: [${fixed.join(', ')}]`);
  if (shared.length > 0) {
    const names = shared.join(', ');
    return invalid(`Cannot update these configs at default cluster level, broker id must be specified: [${names}]`);
  }
  return settings;
}

/** None of them is a list, to which members could be added. */
function refusalOf(definition: ConfigDefinition, value: string | null, operation: number): Refusal | null {
  const { name } = definition;
  if (value === null) return invalid(`Null value not supported for : ${name}`);
  const word = Object.entries(CONFIG_OPERATION).find(([, number]) => number === operation)?.[0];
  if (word === undefined) return invalid(`Unknown operations type ${operation}`);
  if (operation !== CONFIG_OPERATION.set) {
    return new Refusal(ERROR.INVALID_CONFIG, `Config value ${word} is not allowed for config key: ${name}`);
  }
  const problem = problemOf(definition, value);
  return problem === null ? null : invalid(problem);
}
