/**
 * The limits of a STOMP connection. What is above them is refused with an ERROR frame before anything is kept.
 */
import type { StompLimits } from '../../wire/stomp/protocol.ts';

const LINE_BYTES_MAX = 10 * 1024;
const HEAD_BYTES_MAX = 64 * 1024;
const HEADERS_MAX = 1000;

export const stompLimits = {
  /** Between the connection's first moment and a CONNECT that is let in. */
  connectMs: 10_000,
  subscriptionsMax: 1024,
  transactionsMax: 64,
  /** Deliveries that a subscription may leave unacknowledged unless it says otherwise. */
  prefetch: 1000,
  prefetchMax: 65_535,
  /** Receipts that wait for their commit; then the connection is not read. */
  receiptsMax: 10_000,
  /** Unsent bytes, as a multiple of the limit for deliveries, above which a client that does not read is let go. */
  unreadFactorMax: 32,
  /** How often we can be heard, and want to hear, at most. */
  heartBeatMsMin: 100,
} as const;

/** A message and its headers fit one entry. */
export function wireLimits(entryBytesMax: number): StompLimits {
  return {
    lineBytesMax: LINE_BYTES_MAX,
    headBytesMax: HEAD_BYTES_MAX,
    headersMax: HEADERS_MAX,
    bodyBytesMax: entryBytesMax - HEAD_BYTES_MAX * 2,
  };
}
