/**
 * TopicConfig: what can be set for a topic, and what we make of it.
 *
 *   topic.settings   Map of what was set explicitly, text under Kafka's names ──topicConfigOf──▶ TopicConfig
 *                                                                             ──retentionOf────▶ the core's retention
 *
 * A settings map is replaced and never changed, so what is parsed of it is remembered as long as it is there.
 *
 * Every config of Kafka 4 can be set and is shown again. Acted on are cleanup.policy (as far as it says whether
 * messages age, and whether they need a key), max.message.bytes (up to the largest entry that the core takes),
 * message.timestamp.{type,before.max.ms,after.max.ms}, retention.bytes and retention.ms. These are kept and shown, and
 * nothing follows from them:
 *
 *   how Kafka lays out its files    file.delete.delay.ms flush.messages flush.ms index.interval.bytes preallocate
 *                                   segment.bytes segment.index.bytes segment.jitter.ms segment.ms
 *   compaction                      delete.retention.ms max.compaction.lag.ms min.cleanable.dirty.ratio
 *                                   min.compaction.lag.ms
 *   recompression                   compression.type compression.{gzip,lz4,zstd}.level: batches stay as they came
 *   replicas, of which there is one {leader,follower}.replication.throttled.replicas min.insync.replicas
 *                                   unclean.leader.election.enable
 *   remote storage                  local.retention.bytes local.retention.ms remote.log.copy.disable
 *                                   remote.log.delete.on.disable remote.storage.enable
 */
import type { Retention } from '../../core/kept-log.ts';
import type { Topic } from '../../core/topic.ts';
import type { Table } from '../../core/value.ts';
import { type ConfigDefinition, listOf, numberOf, problemOf } from './config-definition.ts';
import { TOPIC_CONFIGS } from './topic-definitions.ts';

export type TimestampType = 'CreateTime' | 'LogAppendTime';
export type CompressionType = 'uncompressed' | 'zstd' | 'lz4' | 'snappy' | 'gzip' | 'producer';

export interface TopicConfig {
  /** Of a batch as it is stored. */
  readonly maxMessageBytes: number;
  readonly timestampType: TimestampType;
  /** How much older or newer than the broker's clock a producer's timestamp may be. */
  readonly timestampBeforeMaxMs: number;
  readonly timestampAfterMaxMs: number;
  /** Of each key the last value is to stay. */
  readonly compact: boolean;
  /** Old messages may go: by retention, or because an administrator says so. */
  readonly deletes: boolean;
  readonly compressionType: CompressionType;
}

const configs = new WeakMap<Table, TopicConfig>();

export function topicConfigOf({ settings }: Topic): TopicConfig {
  let config = configs.get(settings);
  if (config === undefined) {
    const policies = policiesOf(settings);
    config = {
      maxMessageBytes: numberOf(settingOf(settings, 'max.message.bytes')),
      timestampType: settingOf(settings, 'message.timestamp.type') as TimestampType,
      timestampBeforeMaxMs: numberOf(settingOf(settings, 'message.timestamp.before.max.ms')),
      timestampAfterMaxMs: numberOf(settingOf(settings, 'message.timestamp.after.max.ms')),
      compact: policies.includes('compact'),
      deletes: policies.includes('delete'),
      compressionType: settingOf(settings, 'compression.type') as CompressionType,
    };
    configs.set(settings, config);
  }
  return config;
}

/** Messages age if they are to be deleted at all; a topic that is compacted only keeps what it has. */
export function retentionOf(settings: Table): Retention {
  if (!policiesOf(settings).includes('delete')) return { ms: -1, bytes: -1 };
  return {
    ms: Math.max(-1, numberOf(settingOf(settings, 'retention.ms'))),
    bytes: Math.max(-1, numberOf(settingOf(settings, 'retention.bytes'))),
  };
}

function policiesOf(settings: Table): readonly string[] {
  return listOf(settingOf(settings, 'cleanup.policy'));
}

/** What holds: what was set, else the default. What another protocol put there may make no sense to us. */
function settingOf(settings: Table, name: string): string {
  const definition = TOPIC_CONFIGS.get(name) as ConfigDefinition;
  const value = settings.get(name);
  const usable = typeof value === 'string' && problemOf(definition, value) === null;
  return usable ? value.trim() : (definition.initial as string);
}
