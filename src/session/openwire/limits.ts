/**
 * The limits of an OpenWire connection. What is above them is refused with an exception, or ends the connection.
 */
export const openwireLimits = {
  /** Between the connection's first moment and a ConnectionInfo that is let in. */
  connectMs: 10_000,
  /** After so long without a frame a side is taken for dead; each side sends something every third of it. */
  inactivityMs: 30_000,
  inactivityInitialDelayMs: 10_000,
  sessionsMax: 10_000,
  consumersMax: 10_000,
  producersMax: 100_000,
  transactionsMax: 1_000,
  temporariesMax: 10_000,
  /** Queues that one consumer receives from: a composite, or what a wildcard matches. */
  partsMax: 1_000,
  prefetchMax: 65_535,
  /** Answers that wait for their commit; then the connection is not read. */
  answersMax: 10_000,
  /** Producers of which the last message is remembered, so that what comes again after a failover is known. */
  producersRemembered: 10_000,
  /** Unsent bytes, as a multiple of what deliveries may add to, above which a client that does not read is let go. */
  unreadFactorMax: 32,
  /** Of a frame beside the body of its message: headers and properties. */
  frameHeadBytesMax: 1024 * 1024,
} as const;
