/**
 * The error table: what a client is told, word for word as RabbitMQ says it, because clients compare the words.
 *
 * Two scopes. A *channel* error closes the channel and the connection goes on; a *connection* error ends everything.
 * The reply code decides which. The text on the wire is `NAME - detail`, cut to 255 bytes by the encoder.
 *
 * The core's closed union of codes is mapped here; a code without a row does not compile.
 */
import { CoreError, type ErrorCode as CoreErrorCode, type ErrorFacts } from '../../core/errors.ts';
import { Num } from '../../core/value.ts';
import { REPLY, type ReplyCode, WireError } from '../../wire/amqp091/constants.ts';

const NAMES: Readonly<Record<ReplyCode, string>> = {
  200: 'REPLY_SUCCESS',
  311: 'CONTENT_TOO_LARGE',
  312: 'NO_ROUTE',
  313: 'NO_CONSUMERS',
  320: 'CONNECTION_FORCED',
  402: 'INVALID_PATH',
  403: 'ACCESS_REFUSED',
  404: 'NOT_FOUND',
  405: 'RESOURCE_LOCKED',
  406: 'PRECONDITION_FAILED',
  501: 'FRAME_ERROR',
  502: 'SYNTAX_ERROR',
  503: 'COMMAND_INVALID',
  504: 'CHANNEL_ERROR',
  505: 'UNEXPECTED_FRAME',
  506: 'RESOURCE_ERROR',
  530: 'NOT_ALLOWED',
  540: 'NOT_IMPLEMENTED',
  541: 'INTERNAL_ERROR',
};

const CHANNEL_CODES: ReadonlySet<number> = new Set([311, 312, 313, 403, 404, 405, 406]);

/** A refusal on its way to the client. Thrown by handlers, caught where frames are dispatched. */
export class AmqpError extends Error {
  readonly code: ReplyCode;
  /** Closes the connection, not only the channel. */
  readonly hard: boolean;

  constructor(code: ReplyCode, detail: string, hard = !CHANNEL_CODES.has(code)) {
    super(`${NAMES[code]} - ${detail}`);
    this.name = 'AmqpError';
    this.code = code;
    this.hard = hard;
  }
}

const CODES = {
  NOT_FOUND: REPLY.notFound,
  PRECONDITION_FAILED: REPLY.preconditionFailed,
  ACCESS_REFUSED: REPLY.accessRefused,
  RESOURCE_LOCKED: REPLY.resourceLocked,
  NOT_ALLOWED: REPLY.notAllowed,
  NOT_IMPLEMENTED: REPLY.notImplemented,
  LIMIT: REPLY.preconditionFailed,
  INVALID: REPLY.syntaxError,
} as const satisfies Record<CoreErrorCode, ReplyCode>;

/** The core's refusal in the words that AMQP clients expect. */
export function fromCore(error: CoreError): AmqpError {
  return new AmqpError(CODES[error.code], detailOf(error.facts, error.message));
}

/** Whatever was thrown while a frame was handled, as a refusal. What no client should be able to cause is a fault. */
export function asRefusal(error: unknown, onFault: (error: unknown) => void): AmqpError {
  if (error instanceof AmqpError) return error;
  if (error instanceof CoreError) return fromCore(error);
  if (error instanceof WireError) return new AmqpError(error.code, error.message, true);
  onFault(error);
  return new AmqpError(REPLY.internalError, 'internal error');
}

function detailOf(facts: ErrorFacts, fallback: string): string {
  const { kind = 'queue', name = '', namespace = '/' } = facts;
  const place = `${kind} '${name}' in vhost '${namespace}'`;
  switch (facts.reason) {
    case 'missing':
      return `no ${place}`;
    case 'inequivalent':
      return `inequivalent arg '${argumentName(facts)}' for ${place}: ${difference(facts)}`;
    case 'invalid-argument':
      return `invalid arg '${facts.argument}' for ${place}: ${facts.problem}`;
    case 'unknown-kind':
      return `unknown exchange type '${String(facts.received)}'`;
    case 'in-use':
      return `${place} in use`;
    case 'not-empty':
      return `${place} not empty`;
    case 'default-exchange':
      return 'operation not permitted on the default exchange';
    case 'system-exchange':
      return `deletion of system ${place} not allowed`;
    case 'reserved-name':
      return `${kind} name '${name}' contains reserved prefix 'amq.*'`;
    case 'internal-exchange':
      return `cannot publish to internal ${place}`;
    case 'exclusive-use':
      return `${place} in exclusive use`;
    case 'locked':
      return (
        `cannot obtain exclusive access to locked ${place}. It could be originally declared on another ` +
        'connection or the exclusive property value does not match that of the original declaration.'
      );
    case 'limit':
      if (facts.kind === 'message') return tooLarge(Number(facts.received), Number(facts.current));
      return `${facts.argument}: ${String(facts.received)} exceeds the limit of ${String(facts.current)}`;
    case 'decided-otherwise':
    case 'not-prepared':
    case 'malformed':
      return fallback;
    case 'unsupported':
      return facts.problem ?? fallback;
  }
}

function argumentName(facts: ErrorFacts): string {
  return facts.argument === 'autoDelete' ? 'auto_delete' : (facts.argument ?? '');
}

export function tooLarge(bytes: number, limitBytes: number): string {
  return `message size ${bytes} is larger than configured max size ${limitBytes}`;
}

/** Booleans and names differ by value; arguments that are absent on one side are told with their type. */
function difference(facts: ErrorFacts): string {
  const { received, current } = facts;
  if (received === undefined) return `received none but current is ${withType(current)}`;
  if (current === undefined) return `received ${withType(received)} but current is none`;
  return `received '${shown(received)}' but current is '${shown(current)}'`;
}

function withType(value: unknown): string {
  return `the value '${shown(value)}' of type '${typeName(value)}'`;
}

function shown(value: unknown): string {
  if (value instanceof Num) return String(value.value);
  if (value instanceof Map) return `table of ${value.size}`;
  return String(value);
}

const NUMBER_TYPE_NAMES: Readonly<Record<string, string>> = {
  int8: 'byte',
  uint8: 'unsignedbyte',
  int16: 'short',
  uint16: 'unsignedshort',
  int32: 'signedint',
  uint32: 'unsignedint',
  int64: 'long',
  float: 'float',
  double: 'double',
  decimal: 'decimal',
  timestamp: 'timestamp',
};

/** RabbitMQ's name of a value's wire type. */
export function typeName(value: unknown): string {
  if (value instanceof Num) return NUMBER_TYPE_NAMES[value.type] ?? value.type;
  if (typeof value === 'string') return 'longstr';
  if (typeof value === 'boolean') return 'bool';
  if (value instanceof Uint8Array) return 'binary';
  if (Array.isArray(value)) return 'array';
  return value === null || value === undefined ? 'void' : 'table';
}

// ── The session's own refusals, by name ──

export const refuse = {
  unknownTag: (tag: number) => new AmqpError(REPLY.preconditionFailed, `unknown delivery tag ${tag}`),
  reusedConsumerTag: (tag: string) => new AmqpError(REPLY.notAllowed, `attempt to reuse consumer tag '${tag}'`),
  noLastQueue: () => new AmqpError(REPLY.notFound, 'no previously declared queue'),
  notImplemented: (what: string) => new AmqpError(REPLY.notImplemented, what),
  badExpiration: (text: string, problem: string) =>
    new AmqpError(REPLY.preconditionFailed, `invalid expiration '${text}': ${problem}`),
  badUserId: (claimed: string, user: string) =>
    new AmqpError(
      REPLY.preconditionFailed,
      `user_id property set to '${claimed}' but authenticated user was '${user}'`,
    ),
  bodyTooLarge: (bytes: number, limitBytes: number) =>
    new AmqpError(REPLY.preconditionFailed, tooLarge(bytes, limitBytes)),
  tooMuchUnfinished: (bytesMax: number) =>
    new AmqpError(REPLY.resourceError, `unfinished messages take more than ${bytesMax} bytes`),
  invalidArgument: (argument: string, kind: string, name: string, vhost: string, problem: string) =>
    new AmqpError(
      REPLY.preconditionFailed,
      `invalid arg '${argument}' for ${kind} '${name}' in vhost '${vhost}': ${problem}`,
    ),
  notTransactional: () => new AmqpError(REPLY.preconditionFailed, 'channel is not transactional'),
  modeSwitch: (from: string, to: string) =>
    new AmqpError(REPLY.preconditionFailed, `cannot switch from ${from} to ${to} mode`),
  unexpectedFrame: (detail: string) => new AmqpError(REPLY.unexpectedFrame, detail),
  expectedChannelOpen: () => new AmqpError(REPLY.channelError, "expected 'channel.open'"),
  secondChannelOpen: () => new AmqpError(REPLY.channelError, "second 'channel.open' seen"),
  tooManyChannels: (number: number, max: number) =>
    new AmqpError(REPLY.notAllowed, `channel ${number} is above the negotiated limit of ${max}`),
  loginRefused: (mechanism: string) =>
    new AmqpError(
      REPLY.accessRefused,
      `Login was refused using authentication mechanism ${mechanism}. For details see the broker logfile.`,
      true,
    ),
  vhostMissing: (vhost: string) => new AmqpError(REPLY.notAllowed, `vhost ${vhost} not found`),
  tuneTooLow: (what: string, value: number, min: number) =>
    new AmqpError(REPLY.notAllowed, `negotiated ${what} = ${value} is lower than the minimum allowed value (${min})`),
  tuneTooHigh: (what: string, value: number, max: number) =>
    new AmqpError(REPLY.notAllowed, `negotiated ${what} = ${value} is higher than the maximum allowed value (${max})`),
  commandInvalid: (detail: string) => new AmqpError(REPLY.commandInvalid, detail),
} as const;
