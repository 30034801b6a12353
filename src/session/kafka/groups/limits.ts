/**
 * GroupLimits: what a group may cost, and how long things in it may take. The times are Kafka's own defaults, but for
 * group.initial.rebalance.delay.ms, which is 0 here: the first members don't wait for others that may come.
 */
export interface GroupLimits {
  /** Bounds of what a client may ask for: group.min.session.timeout.ms and group.max.session.timeout.ms. */
  readonly sessionTimeoutMinMs: number;
  readonly sessionTimeoutMaxMs: number;
  /** A new member whose join is not answered by then is taken for gone: it has no heartbeats to show yet. */
  readonly newMemberMs: number;
  /** Members of one group: group.max.size. */
  readonly membersMax: number;
  /** What clients told about themselves, and the assignments, of all groups together. */
  readonly memberBytesMax: number;
  readonly groupIdCharactersMax: number;
  /** Of what a client may note with an offset: offset.metadata.max.bytes. */
  readonly offsetMetadataCharactersMax: number;
  /** offsets.retention.minutes: how long positions outlive their group's last member and last commit. */
  readonly retentionMs: number;
  /** A position of a group that has members is noted anew when it is older, so that a restart does not age it. */
  readonly renewalMs: number;
  /** offsets.retention.check.interval.ms. */
  readonly retentionCheckMs: number;
  /** Groups and positions that are looked at in one go. */
  readonly retentionSlice: number;
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

export const defaultGroupLimits: GroupLimits = {
  sessionTimeoutMinMs: 6_000,
  sessionTimeoutMaxMs: 30 * MINUTE,
  newMemberMs: 5 * MINUTE,
  membersMax: 10_000,
  memberBytesMax: 64 * 1024 * 1024,
  groupIdCharactersMax: 512,
  offsetMetadataCharactersMax: 4_096,
  retentionMs: 7 * DAY,
  renewalMs: DAY,
  retentionCheckMs: 10 * MINUTE,
  retentionSlice: 1_000,
};
