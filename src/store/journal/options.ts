/**
 * What a journal can be told: how durable, and how much memory and journal it may use before it does something about
 * it.
 */

export type Durability = 'fsync' | 'os';

export interface JournalOptions {
  readonly durability: Durability;
  /** Recent durable bytes kept in memory for readers. */
  readonly cacheBytes: number;
  /** Bytes of cold reads kept. */
  readonly readBytes: number;
  /** Bytes of non-durable messages kept in memory before they spill. */
  readonly spillBytes: number;
  /** About the size at which a block closes. */
  readonly blockBytes: number;
  /** Staged bytes above which publishers are told to wait. */
  readonly groupBytesMax: number;
  /** Bytes of the log index that stay in memory. */
  readonly indexBytes: number;
  /** Journal bytes after which a checkpoint is due. */
  readonly checkpointBytes: number;
  readonly now: () => number;
}

const MIB = 1024 * 1024;

export const defaultJournalOptions: JournalOptions = {
  durability: 'fsync',
  cacheBytes: 24 * MIB,
  readBytes: 12 * MIB,
  spillBytes: 48 * MIB,
  blockBytes: MIB,
  groupBytesMax: 32 * MIB,
  indexBytes: 16 * MIB,
  checkpointBytes: 64 * MIB,
  now: () => 0,
};
