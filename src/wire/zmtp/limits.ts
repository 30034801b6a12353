/**
 * What one ZMTP connection may cost. All of it is checked before memory is spent on it.
 */
export interface ZmtpLimits {
  /** Of one frame of a message. */
  readonly frameBytesMax: number;
  /** Of all frames of a message together. */
  readonly messageBytesMax: number;
  /** Frames of a message. */
  readonly partsMax: number;
  /** Of a command after the handshake; a subscription's topic is in one. */
  readonly commandBytesMax: number;
}

/** Of a command before the handshake is done, when nobody knows the peer: room for credentials and some metadata. */
export const HANDSHAKE_COMMAND_BYTES_MAX = 8 * 1024;
/** Properties in one READY or INITIATE. */
export const PROPERTIES_MAX = 64;

/** @public */
export const ZMTP_LIMITS: ZmtpLimits = {
  frameBytesMax: 64 * 1024 * 1024,
  messageBytesMax: 64 * 1024 * 1024,
  partsMax: 64 * 1024,
  commandBytesMax: 64 * 1024,
};
