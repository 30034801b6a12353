/**
 * Limits of a ZMTP endpoint and its peers. What one message may cost follows from the largest entry of the core.
 */
import type { ZmtpLimits } from '../../wire/zmtp/limits.ts';

const KIB = 1024;

export const zmtpLimits = {
  /** Peers of one endpoint at a time; further ones are closed after the handshake. */
  peersMax: 4_096,
  /** From the connection to the end of the handshake. */
  handshakeMs: 10_000,
  /** A peer that is silent so long gets a PING, and is given up if it stays silent as long again. */
  heartbeatMs: 15_000,
  /** Answers of one connection that wait for a commit; then it is not read. */
  answersMax: 16_384,
  answerBytesMax: 1024 * KIB,
  /** Frames before the empty one of a request. */
  envelopeBytesMax: 4 * KIB,
  /** Topics that one subscriber may subscribe to. */
  subscriptionsMax: 16_384,
  /** Unsent bytes to the peer of a PUSH endpoint: little, because they are lost with it. */
  pushBytesMax: 64 * KIB,
  /** Unsent bytes to a subscriber above which it misses messages. */
  publishBytesMax: 1024 * KIB,
  /** Unsent bytes above which a peer that does not read is let go. */
  unreadBytesMax: 64 * 1024 * KIB,
  /** Services that Majordomo peers may bring about. */
  servicesMax: 10_000,
  /** Partial replies that are gathered for a requester that takes only one. */
  gatheredBytesMax: 16 * 1024 * KIB,
} as const;

const FRAMES_MAX = 1_024;
/** Heads of the frames, names, requester. */
const AROUND_BYTES_MAX = 80 * KIB;

/** Whatever passes is small enough to be stored. */
export function wireLimits(entryBytesMax: number): ZmtpLimits {
  const messageBytesMax = entryBytesMax - AROUND_BYTES_MAX;
  return { frameBytesMax: messageBytesMax, messageBytesMax, partsMax: FRAMES_MAX, commandBytesMax: 64 * KIB };
}
