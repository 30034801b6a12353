/**
 * The fixed words of STOMP, and the error that everything in this folder throws or reports.
 *
 *     COMMAND\n
 *     name:value\n
 *     ...
 *     \n
 *     body, of content-length bytes or up to the first NUL
 *     \0
 */
export type StompVersion = '1.0' | '1.1' | '1.2';

export const COMMANDS = [
  'CONNECT',
  'STOMP',
  'SEND',
  'SUBSCRIBE',
  'UNSUBSCRIBE',
  'ACK',
  'NACK',
  'BEGIN',
  'COMMIT',
  'ABORT',
  'DISCONNECT',
  'CONNECTED',
  'MESSAGE',
  'RECEIPT',
  'ERROR',
] as const;
export type Command = (typeof COMMANDS)[number];

/** Their headers are never escaped, because they are read before the version is known. */
const PLAIN: ReadonlySet<Command> = new Set(['CONNECT', 'STOMP', 'CONNECTED'] satisfies Command[]);

/** Are colons and ends of lines in headers written as escapes? */
export function hasEscapes(command: Command | null, version: StompVersion | null): boolean {
  return version !== null && version !== '1.0' && (command === null || !PLAIN.has(command));
}

export const NUL = 0;
export const LINE_FEED = 10;
export const CARRIAGE_RETURN = 13;
export const SPACE = 32;
export const COLON = 58;
export const BACKSLASH = 92;

/** What a frame may be. Announced and counted sizes are compared with these before anything is kept. */
export interface StompLimits {
  /** Bytes of the command's or one header's line. */
  readonly lineBytesMax: number;
  /** Bytes of all lines together. */
  readonly headBytesMax: number;
  readonly headersMax: number;
  readonly bodyBytesMax: number;
}

/** Something that is no STOMP. The connection gets an ERROR frame with the text, and ends. */
export class StompError extends Error {
  constructor(text: string) {
    super(text);
    this.name = 'StompError';
  }
}
