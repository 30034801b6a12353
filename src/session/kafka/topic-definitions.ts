/**
 * TOPIC_CONFIGS: every config of a topic in Kafka 4.3, by name, with its default and its limits. Tools show this list,
 * and whoever sets something is held to it. What we make of each is said in topic-config.ts.
 */
import { type ConfigDefinition, type Definitions, definitionsOf } from './config-definition.ts';

const LONG_MAX = '9223372036854775807';
const MIB = 1024 * 1024;

const cleaning: readonly ConfigDefinition[] = [
  {
    name: 'cleanup.policy',
    type: 'list',
    initial: 'delete',
    choices: ['compact', 'delete'],
    synonym: 'log.cleanup.policy',
    documentation:
      'What happens to old records: delete them when retention ends, or keep the last of each key (compact).',
  },
  {
    name: 'delete.retention.ms',
    type: 'long',
    initial: '86400000',
    least: 0,
    synonym: 'log.cleaner.delete.retention.ms',
    documentation: 'How long a compacted topic keeps the marks of deleted keys.',
  },
  {
    name: 'max.compaction.lag.ms',
    type: 'long',
    initial: LONG_MAX,
    least: 1,
    synonym: 'log.cleaner.max.compaction.lag.ms',
    documentation: 'The longest time that a record may go uncompacted.',
  },
  {
    name: 'min.cleanable.dirty.ratio',
    type: 'double',
    initial: '0.5',
    least: 0,
    most: 1,
    synonym: 'log.cleaner.min.cleanable.ratio',
    documentation: 'The share of a log that must be uncompacted before compaction is worth while.',
  },
  {
    name: 'min.compaction.lag.ms',
    type: 'long',
    initial: '0',
    least: 0,
    synonym: 'log.cleaner.min.compaction.lag.ms',
    documentation: 'The shortest time that a record stays uncompacted.',
  },
  {
    name: 'retention.bytes',
    type: 'long',
    initial: '-1',
    synonym: 'log.retention.bytes',
    documentation: 'How large a partition may grow before its oldest records are deleted; -1 = without a limit.',
  },
  {
    name: 'retention.ms',
    type: 'long',
    initial: '604800000',
    least: -1,
    documentation: 'How long records are kept before they are deleted; -1 = for ever.',
  },
];

const records: readonly ConfigDefinition[] = [
  {
    name: 'compression.gzip.level',
    type: 'int',
    initial: '-1',
    check: (value) => {
      const level = Number(value);
      return level === -1 || (level >= 1 && level <= 9) ? null : 'Value must be between 1 and 9 or equal to -1';
    },
    synonym: 'compression.gzip.level',
    documentation: 'How hard gzip works if compression.type is gzip.',
  },
  {
    name: 'compression.lz4.level',
    type: 'int',
    initial: '9',
    least: 1,
    most: 17,
    synonym: 'compression.lz4.level',
    documentation: 'How hard lz4 works if compression.type is lz4.',
  },
  {
    name: 'compression.type',
    type: 'string',
    initial: 'producer',
    choices: ['uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'],
    synonym: 'compression.type',
    documentation: 'How records are compressed in the log; producer = as they came.',
  },
  {
    name: 'compression.zstd.level',
    type: 'int',
    initial: '3',
    least: -131_072,
    most: 22,
    synonym: 'compression.zstd.level',
    documentation: 'How hard zstd works if compression.type is zstd.',
  },
  {
    name: 'max.message.bytes',
    type: 'int',
    initial: '1048588',
    least: 0,
    synonym: 'message.max.bytes',
    documentation: 'The largest batch of records that is taken, as it comes: compressed if the producer compresses.',
  },
  {
    name: 'message.timestamp.after.max.ms',
    type: 'long',
    initial: '3600000',
    least: 0,
    synonym: 'log.message.timestamp.after.max.ms',
    documentation: 'How far ahead of the broker a timestamp may be that a producer gives.',
  },
  {
    name: 'message.timestamp.before.max.ms',
    type: 'long',
    initial: LONG_MAX,
    least: 0,
    synonym: 'log.message.timestamp.before.max.ms',
    documentation: 'How far behind the broker a timestamp may be that a producer gives.',
  },
  {
    name: 'message.timestamp.type',
    type: 'string',
    initial: 'CreateTime',
    choices: ['CreateTime', 'LogAppendTime'],
    synonym: 'log.message.timestamp.type',
    documentation: "Whose time a record carries: its producer's, or the broker's when it was appended.",
  },
];

const files: readonly ConfigDefinition[] = [
  {
    name: 'file.delete.delay.ms',
    type: 'long',
    initial: '60000',
    least: 0,
    synonym: 'log.segment.delete.delay.ms',
    documentation: 'How long a deleted file stays on the disk. Without effect here.',
  },
  {
    name: 'flush.messages',
    type: 'long',
    initial: LONG_MAX,
    least: 1,
    synonym: 'log.flush.interval.messages',
    documentation: 'After how many records to sync. Without effect here: what is acknowledged is on the disk.',
  },
  {
    name: 'flush.ms',
    type: 'long',
    initial: LONG_MAX,
    least: 0,
    documentation: 'After what time to sync. Without effect here: what is acknowledged is on the disk.',
  },
  {
    name: 'index.interval.bytes',
    type: 'int',
    initial: '4096',
    least: 0,
    synonym: 'log.index.interval.bytes',
    documentation: 'How dense the index of offsets is. Without effect here.',
  },
  {
    name: 'preallocate',
    type: 'boolean',
    initial: 'false',
    synonym: 'log.preallocate',
    documentation: 'Whether files are made in full length. Without effect here.',
  },
  {
    name: 'segment.bytes',
    type: 'int',
    initial: '1073741824',
    least: MIB,
    synonym: 'log.segment.bytes',
    documentation: 'How large a file of the log may grow. Without effect here.',
  },
  {
    name: 'segment.index.bytes',
    type: 'int',
    initial: '10485760',
    least: 4,
    synonym: 'log.index.size.max.bytes',
    documentation: 'How large the index of a file may grow. Without effect here.',
  },
  {
    name: 'segment.jitter.ms',
    type: 'long',
    initial: '0',
    least: 0,
    documentation: 'By how much the ends of files are spread in time. Without effect here.',
  },
  {
    name: 'segment.ms',
    type: 'long',
    initial: '604800000',
    least: 1,
    documentation: 'After what time a new file is begun. Without effect here.',
  },
];

/** `*`, or partition and broker of each replica. */
function checkThrottled(value: string): string | null {
  const fits = value === '' || value === '*' || value.split(',').every((part) => /^\s*\d+:\d+\s*$/.test(part));
  return fits ? null : 'Must be * or a list of replicas, each as partition:broker';
}

const replicas: readonly ConfigDefinition[] = [
  {
    name: 'follower.replication.throttled.replicas',
    type: 'list',
    initial: '',
    check: checkThrottled,
    documentation: 'Replicas that are slowed down as followers. Without effect here: there is one replica.',
  },
  {
    name: 'leader.replication.throttled.replicas',
    type: 'list',
    initial: '',
    check: checkThrottled,
    documentation: 'Replicas that are slowed down as leaders. Without effect here: there is one replica.',
  },
  {
    name: 'min.insync.replicas',
    type: 'int',
    initial: '1',
    least: 1,
    synonym: 'min.insync.replicas',
    documentation: 'How many replicas acks=all waits for. Without effect here: there is one replica.',
  },
  {
    name: 'unclean.leader.election.enable',
    type: 'boolean',
    initial: 'false',
    synonym: 'unclean.leader.election.enable',
    documentation: 'Whether a replica that lags may lead. Without effect here: there is one replica.',
  },
];

const remote: readonly ConfigDefinition[] = [
  {
    name: 'local.retention.bytes',
    type: 'long',
    initial: '-2',
    least: -2,
    synonym: 'log.local.retention.bytes',
    documentation: 'How much of a partition stays here when it is in remote storage. Without effect here.',
  },
  {
    name: 'local.retention.ms',
    type: 'long',
    initial: '-2',
    least: -2,
    synonym: 'log.local.retention.ms',
    documentation: 'How long records stay here when they are in remote storage. Without effect here.',
  },
  {
    name: 'remote.log.copy.disable',
    type: 'boolean',
    initial: 'false',
    documentation: 'Whether nothing more is copied to remote storage. Without effect here.',
  },
  {
    name: 'remote.log.delete.on.disable',
    type: 'boolean',
    initial: 'false',
    documentation: 'Whether remote copies are deleted when remote storage is turned off. Without effect here.',
  },
  {
    name: 'remote.storage.enable',
    type: 'boolean',
    initial: 'false',
    check: (value) => (value.toLowerCase() === 'true' ? 'There is no remote storage' : null),
    documentation: 'Whether records are kept in remote storage too, which there is none of.',
  },
];

/** By ascending name. */
export const TOPIC_CONFIGS: Definitions = definitionsOf(
  [...cleaning, ...records, ...files, ...replicas, ...remote].sort((a, b) => (a.name < b.name ? -1 : 1)),
);
