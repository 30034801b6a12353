/**
 * The fixed numbers of AMQP 0-9-1: frame types, reply codes, the octets around a frame.
 *
 *     [type 1][channel 2][length 4][payload ...][0xCE]
 */
export const FRAME_METHOD = 1;
export const FRAME_HEADER = 2;
export const FRAME_BODY = 3;
export const FRAME_HEARTBEAT = 8;

/** The octet that closes every frame. */
export const FRAME_END = 0xce;
/** Type, channel and length. */
export const FRAME_HEAD_BYTES = 7;
/** What a frame costs beside its payload. */
export const FRAME_OVERHEAD_BYTES = 8;
/** The smallest frame limit that the protocol allows, which is also the limit before `tune`. */
export const FRAME_MIN_BYTES = 4096;

/** What a client must say first: "AMQP", 0, 0, 9, 1. */
export const PROTOCOL_HEADER: Uint8Array = Uint8Array.of(0x41, 0x4d, 0x51, 0x50, 0, 0, 9, 1);
/** The older spelling of the same, with the revision in another place ("AMQP", 1, 1, 0, 9), is accepted too. */
export const PROTOCOL_HEADER_0_9: Uint8Array = Uint8Array.of(0x41, 0x4d, 0x51, 0x50, 1, 1, 0, 9);

/** Class ids. Content (header frames) exists in class basic only. */
export const CLASS_BASIC = 60;

export const REPLY = {
  success: 200,
  contentTooLarge: 311,
  noRoute: 312,
  noConsumers: 313,
  connectionForced: 320,
  invalidPath: 402,
  accessRefused: 403,
  notFound: 404,
  resourceLocked: 405,
  preconditionFailed: 406,
  frameError: 501,
  syntaxError: 502,
  commandInvalid: 503,
  channelError: 504,
  unexpectedFrame: 505,
  resourceError: 506,
  notAllowed: 530,
  notImplemented: 540,
  internalError: 541,
} as const;
export type ReplyCode = (typeof REPLY)[keyof typeof REPLY];

/** A violation of the format itself; the connection that sent it is closed with `code`. */
export class WireError extends Error {
  readonly code: ReplyCode;

  constructor(code: ReplyCode, text: string) {
    super(text);
    this.name = 'WireError';
    this.code = code;
  }
}
