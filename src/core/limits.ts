/**
 * Every limit of the system, with its unit last in the name (DESIGN law 5).
 *
 * Reaching one is a named error or a pause, never a slow death: announced lengths are checked here before they are
 * allocated, in-flight work is counted against a number here, and every loop that one peer can lengthen yields by a
 * budget from here. `Broker` takes overrides; sessions read `broker.limits`, so a limit has one value in a process.
 */

export interface Limits {
  /** Largest frame a peer may announce once tuned. */
  readonly frameBytesMax: number;
  /** Channels or sessions that one connection may open. */
  readonly channelMax: number;
  /** Payload of one entry, headers included. Larger is the protocol's own error. */
  readonly entryBytesMax: number;
  /** Payload of one commit group; also bounds what a transaction may hold. */
  readonly groupBytesMax: number;
  /** What a placement may lay over an entry, encoded. */
  readonly overlayBytesMax: number;
  /** Nesting of header tables, arguments and arrays. */
  readonly tableDepthMax: number;
  /** UTF-8 bytes of a queue's or exchange's name. */
  readonly nameBytesMax: number;
  /** Priority levels of a queue: each is a log. */
  readonly queueLevelsMax: number;
  /** Logs that one exchange may keep. */
  readonly exchangeLogsMax: number;

  /** Messages that one session's ledger holds unsettled; then its consumers pause. */
  readonly ledgerEntriesMax: number;
  /** Messages that one subscription delivers before the next one has its turn. */
  readonly pumpMessagesMax: number;
  /** Payload bytes of the same. */
  readonly pumpBytesMax: number;
  /** Messages delivered in one turn over all subscriptions; then sockets are read again. */
  readonly turnMessagesMax: number;
  /** Payload bytes of the same. */
  readonly turnBytesMax: number;
  /** Due tasks run in one turn. */
  readonly turnTasksMax: number;
  /** Expired messages dropped at the head by one look for the next message. */
  readonly expiredScanMax: number;
  /** Unsent bytes of a connection above which nothing more is delivered to it. */
  readonly outboundBytesMax: number;
  /** Runs of messages of a log that its consumers with filters may leave behind; then they wait at the next one. */
  readonly skippedRangesMax: number;

  /** Keys whose route an exchange remembers. */
  readonly routeCacheEntries: number;
  /** Distinct sets of logs that a namespace remembers. */
  readonly logSetEntries: number;
  /** Exchange-to-exchange hops need no limit: an exchange is visited once a message. Bindings of one exchange do. */
  readonly exchangeBindingsMax: number;

  /** Groups with positions, of a namespace. */
  readonly groupsMax: number;
  /** A kept log's payload bytes, at least, between two of the moments by which it is found by time. */
  readonly spanBytes: number;
  /** How often retention is looked after. */
  readonly retentionCheckMs: number;

  /** Payload bytes that one session-held transaction keeps in memory. */
  readonly transactionBytesMax: number;
  /** Publishes and settles in one transaction. */
  readonly transactionIntentsMax: number;
  /** Messages of a namespace that wait for a decision or for their time. */
  readonly heldMax: number;
  /** Messages of one prepared transaction. */
  readonly heldTogetherMax: number;
  /** Decisions that are remembered, so that a repeat gets the same answer. */
  readonly decisionsMax: number;
  /** How long an undecided transaction's group is left in peace before it is asked, if the publisher says nothing. */
  readonly checkImmunityMs: number;
  /** Between two times of asking. */
  readonly checkIntervalMs: number;
  /** A group that was asked so often is not asked any more. */
  readonly checksMax: number;
  /** How long what was rolled back can still be looked at. */
  readonly rolledBackKeptMs: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;

export const defaultLimits: Limits = {
  frameBytesMax: 128 * KIB,
  channelMax: 2047,
  entryBytesMax: 16 * MIB,
  groupBytesMax: 32 * MIB,
  overlayBytesMax: 4 * KIB,
  tableDepthMax: 32,
  nameBytesMax: 255,
  queueLevelsMax: 256,
  exchangeLogsMax: 1024,

  ledgerEntriesMax: 1_000_000,
  pumpMessagesMax: 512,
  pumpBytesMax: 512 * KIB,
  turnMessagesMax: 16_384,
  turnBytesMax: 8 * MIB,
  turnTasksMax: 10_000,
  expiredScanMax: 1_000,
  outboundBytesMax: 1 * MIB,
  skippedRangesMax: 100_000,

  routeCacheEntries: 4_096,
  logSetEntries: 16_384,
  exchangeBindingsMax: 1_000_000,

  groupsMax: 100_000,
  spanBytes: 1 * MIB,
  retentionCheckMs: 5_000,

  transactionBytesMax: 16 * MIB,
  transactionIntentsMax: 100_000,
  heldMax: 4_000_000,
  heldTogetherMax: 1_000,
  decisionsMax: 10_000,
  checkImmunityMs: 6_000,
  checkIntervalMs: 30_000,
  checksMax: 15,
  rolledBackKeptMs: 0,
};
