/**
 * Limits of shared reading. How many gaps there can be between settled messages needs none of its own: each gap is at
 * least one message that is out or was there before the start.
 */
export interface SharingLimits {
  /** Messages of one sharing that are out, or came back and were not given again; then nothing new is given. */
  readonly outMax: number;
  /** Messages that one look passes over because they are expired or not wanted; it goes on in the next turn. */
  readonly passedMax: number;
  /** Deadlines that are dealt with in one turn. */
  readonly expiredMax: number;
  /** Sharings of a namespace. */
  readonly sharingsMax: number;
}

export const defaultSharingLimits: SharingLimits = {
  outMax: 100_000,
  passedMax: 1_000,
  expiredMax: 10_000,
  sharingsMax: 100_000,
};
