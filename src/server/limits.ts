/**
 * Limits of the server's own: sockets, requests and waiting. Those of the core are in `core/limits.ts`.
 */
export const serverLimits = {
  /** Connections of one listener; further ones are refused by closing them. */
  connectionsMax: 10_000,
  /** Connections that the kernel keeps waiting while the loop is busy. */
  backlog: 1_024,
  /**
   * Unsent bytes above which nothing more is read from that peer: it asks faster than it takes the answers. Well above
   * what deliveries may fill (1 MiB and one message), or a client that writes and reads by turns would wait for us
   * while we wait for it.
   */
  unsentBytesMax: 24 * 1024 * 1024,
  /** How long a peer may take to go after the connection was ended. */
  closingMs: 5_000,
  /** How long clients have at shutdown to answer that the broker is going. */
  farewellMs: 2_000,
  /** Head and body of one HTTP request. */
  requestHeadBytesMax: 16 * 1024,
  requestBodyBytesMax: 1024 * 1024,
  /** How long an HTTP client may take to send a request. */
  requestMs: 30_000,
} as const;
