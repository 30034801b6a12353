/**
 * The fixed numbers of ZMTP 3 (RFC 23 and 37): flags of a frame, sizes, names of commands, and what can be wrong.
 *
 *     frame    [flags 1][size 1 or 8][body ...]
 *     flags    bit 0 MORE, bit 1 LONG (the size takes 8 bytes), bit 2 COMMAND; the others are zero
 *     command  body = [name length 1][name][data ...]
 */

export const FLAG_MORE = 1;
export const FLAG_LONG = 2;
export const FLAG_COMMAND = 4;
export const FLAGS_KNOWN: number = FLAG_MORE | FLAG_LONG | FLAG_COMMAND;

/** Flags and a size of one byte. */
export const SHORT_HEAD_BYTES = 2;
/** Flags and a size of eight bytes. */
export const LONG_HEAD_BYTES = 9;
/** The longest body with a size of one byte. */
export const SHORT_BODY_BYTES_MAX = 255;

export const GREETING_BYTES = 64;
export const IDENTITY_BYTES_MAX = 255;
/** What a PING may carry for its PONG. */
export const PING_CONTEXT_BYTES_MAX = 16;
/** libzmq computes the time to live in 16 bits of milliseconds; a longer one wraps there. */
export const PING_TTL_MS_MAX = 65_500;

export type Mechanism = 'NULL' | 'PLAIN';

/** What a peer did wrong, by the names that zeromq.js gives to libzmq's numbers. */
export const FAULT = {
  ERR_ZMTP_UNSPECIFIED: 0x1000_0000,
  ERR_ZMTP_UNEXPECTED_COMMAND: 0x1000_0001,
  ERR_ZMTP_INVALID_SEQUENCE: 0x1000_0002,
  ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED: 0x1000_0011,
  ERR_ZMTP_MALFORMED_COMMAND_MESSAGE: 0x1000_0012,
  ERR_ZMTP_MALFORMED_COMMAND_HELLO: 0x1000_0013,
  ERR_ZMTP_MALFORMED_COMMAND_INITIATE: 0x1000_0014,
  ERR_ZMTP_MALFORMED_COMMAND_ERROR: 0x1000_0015,
  ERR_ZMTP_MALFORMED_COMMAND_READY: 0x1000_0016,
  ERR_ZMTP_MALFORMED_COMMAND_WELCOME: 0x1000_0017,
  ERR_ZMTP_INVALID_METADATA: 0x1000_0018,
  ERR_ZMTP_MECHANISM_MISMATCH: 0x1100_0002,
} as const;
export type FaultCode = keyof typeof FAULT;

/**
 * Why a connection can't go on.
 *
 * `protocol`  the peer broke the rules, or both sides are configured differently: trying again won't help
 * `denied`    the peer refused us, or we refused it, with a status: trying again with the same credentials won't help
 */
export class ZmtpError extends Error {
  readonly kind: 'protocol' | 'denied';
  readonly code: FaultCode;
  /** 300, 400 or 500 of a refusal; 0 if the peer gave a reason of another form. */
  readonly status: number;

  constructor(code: FaultCode, text: string, kind: 'protocol' | 'denied' = 'protocol', status = 0) {
    super(text);
    this.name = 'ZmtpError';
    this.code = code;
    this.kind = kind;
    this.status = status;
  }
}
