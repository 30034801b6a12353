/**
 * Outbox: the part of a socket that a connection needs; the listener implements it.
 */
export interface Outbox {
  /** One socket write. `release` is called as soon as the socket no longer needs `bytes`, also when it fails. */
  write(bytes: Uint8Array, release: (() => void) | null): void;
  /** Ends the connection once everything written is on its way. */
  close(): void;
  /** Stops reading from the peer. */
  pause(): void;
  /** Goes on reading. */
  resume(): void;
  /** Bytes handed to `write` that the kernel has not taken. */
  readonly pendingBytes: number;
}
