/**
 * The small tables of the remoting protocol: serialize types, languages, versions and the bits of its flag words.
 */

/** How a command's header is written; the top byte of the header word. Whoever answers uses the type of the request. */
export const SERIALIZE = { JSON: 0, ROCKETMQ: 1 } as const;
export type SerializeType = (typeof SERIALIZE)[keyof typeof SERIALIZE];

/** What a peer is written in. Old clients do not know the last ones, so a server says JAVA. */
export const LANGUAGE = {
  JAVA: 0,
  CPP: 1,
  DOTNET: 2,
  PYTHON: 3,
  DELPHI: 4,
  ERLANG: 5,
  RUBY: 6,
  OTHER: 7,
  HTTP: 8,
  GO: 9,
  PHP: 10,
  OMS: 11,
  RUST: 12,
  NODE_JS: 13,
} as const;
export type LanguageName = keyof typeof LANGUAGE;

/** By number. @public */
export const LANGUAGE_NAMES = Object.keys(LANGUAGE) as readonly LanguageName[];

/** A command's `version` counts RocketMQ's releases and snapshots. Those at which behaviour changed, and some more. */
export const VERSION = {
  V3_4_9: 121,
  V4_3_0: 273,
  V4_9_3: 399,
  /** From here on clients can read JSON whose keys are all quoted. */
  V4_9_4: 401,
  V5_0_0: 413,
  V5_1_0: 433,
  V5_3_0: 473,
  V5_3_3: 479,
} as const;

/** Bits of a command's `flag`. */
export const COMMAND_FLAG = { RESPONSE: 1, ONEWAY: 2 } as const;

/** Bits of a message's `sysFlag`. */
export const MESSAGE_FLAG = {
  COMPRESSED: 0x1,
  MULTI_TAGS: 0x2,
  TRANSACTION_PREPARED: 0x4,
  TRANSACTION_COMMIT: 0x8,
  /** Both of the above. */
  TRANSACTION_ROLLBACK: 0xc,
  BORN_HOST_V6: 0x10,
  STORE_HOST_V6: 0x20,
  NEED_UNWRAP: 0x40,
  INNER_BATCH: 0x80,
  /** Bits 8 to 10: 0 and 3 zlib, 1 LZ4, 2 ZSTD. */
  COMPRESSION_MASK: 0x700,
} as const;
/** @public */
export const TRANSACTION_MASK = MESSAGE_FLAG.TRANSACTION_ROLLBACK;

/** Bits of a pull request's `sysFlag`. @public */
export const PULL_FLAG = {
  /** `commitOffset` is to be committed. */
  COMMIT_OFFSET: 0x1,
  /** May be held until there is something. */
  SUSPEND: 0x2,
  /** `subscription` is in the request. */
  SUBSCRIPTION: 0x4,
  CLASS_FILTER: 0x8,
  LITE: 0x10,
} as const;

/** Bits of a queue's or topic's `perm`. @public */
export const PERM = { INHERIT: 1, WRITE: 2, READ: 4 } as const;

/** How long a message of each delay level waits; level 1 is the first. What is above the last level is the last. */
export const DELAY_LEVELS_MS: readonly number[] = [
  1_000,
  5_000,
  10_000,
  30_000,
  ...Array.from({ length: 10 }, (_, minute) => (minute + 1) * 60_000),
  20 * 60_000,
  30 * 60_000,
  3_600_000,
  2 * 3_600_000,
];

/** The delay of a level; 0 for none. */
export function delayOfLevelMs(level: number): number {
  if (!(level > 0)) return 0;
  return DELAY_LEVELS_MS[Math.min(level, DELAY_LEVELS_MS.length) - 1] as number;
}
