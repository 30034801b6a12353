/**
 * Commands: how they are written as frames and what is read from them.
 *
 *     [flags 04 or 06][size][name length 1][name][data ...]
 *
 *     READY, INITIATE   metadata                          PING       [time to live, 0.1 s, 2][context 0..16]
 *     HELLO             [n][user][n][password]            PONG       [the context of the PING]
 *     WELCOME           nothing                           SUBSCRIBE  topic
 *     ERROR             [n][reason]                       CANCEL     topic
 */
import { copyOf } from '../../bytes/copy.ts';
import { readU16, writeU16 } from '../../bytes/numbers.ts';
import { readText, textBytes, writeText } from '../../bytes/text.ts';
import { FLAG_COMMAND, LONG_HEAD_BYTES, PING_CONTEXT_BYTES_MAX, PING_TTL_MS_MAX, ZmtpError } from './constants.ts';
import { frameHeadBytes, writeFrameHead } from './frame-head.ts';
import { metadataBytes, type Property, writeMetadata } from './metadata.ts';

export interface Command {
  readonly name: string;
  /** Where the data begins in the frame's body. */
  readonly at: number;
}

const NAME_BYTES_MAX = 32;
const TENTH_MS = 100;

/** The name of the command in `bytes[start, end)`; throws when there is none. */
export function readCommand(bytes: Uint8Array, start: number, end: number): Command {
  const length = start < end ? (bytes[start] as number) : 0;
  const at = start + 1 + length;
  if (length === 0 || length > NAME_BYTES_MAX || at > end) {
    throw new ZmtpError('ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED', 'a command without a proper name');
  }
  return { name: readText(bytes, start + 1, at), at };
}

/** A whole frame; `write` fills in the data. */
function command(name: string, dataBytes: number, write?: (target: Uint8Array, at: number) => void): Buffer {
  const length = 1 + name.length + dataBytes;
  const frame = Buffer.allocUnsafe(frameHeadBytes(length) + length);
  let at = writeFrameHead(frame, 0, FLAG_COMMAND, length);
  frame[at] = name.length;
  at = writeText(frame, at + 1, name, name.length);
  write?.(frame, at);
  return frame;
}

export function metadataCommand(name: 'READY' | 'INITIATE', properties: readonly Property[]): Buffer {
  return command(name, metadataBytes(properties), (target, at) => writeMetadata(target, at, properties));
}

export function welcomeCommand(): Buffer {
  return command('WELCOME', 0);
}

/** Reasons are text of at most 255 bytes; what is longer is cut. */
export function errorCommand(reason: string): Buffer {
  const bytes = Buffer.from(reason, 'latin1').subarray(0, 255);
  return command('ERROR', 1 + bytes.length, (target, at) => {
    target[at] = bytes.length;
    target.set(bytes, at + 1);
  });
}

/**
 * The refusal as libzmq's PLAIN server spells it, by mistake, since 4.3.0: the octet 5E and "RROR". Its clients know no
 * other one; the correct one they report as a protocol error. Either way they don't try again.
 */
export function misspeltErrorCommand(reason: string): Buffer {
  const correct = errorCommand(reason);
  const name = correct.indexOf('ERROR');
  const frame = Buffer.concat([correct.subarray(0, name - 1), Buffer.of(0x5e), correct.subarray(name + 1)]);
  frame[1] = frame.length - 2;
  return frame;
}

/** Is the command's body the misspelt refusal? It says that its name is 94 bytes long. */
export function isMisspeltError(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start >= 6 && bytes[start] === 0x5e && readText(bytes, start + 1, start + 5) === 'RROR';
}

/** The reason of an ERROR, whose data begins at `at`. */
export function readReason(bytes: Uint8Array, at: number, end: number): string {
  if (at >= end || at + 1 + (bytes[at] as number) !== end) {
    throw new ZmtpError('ERR_ZMTP_MALFORMED_COMMAND_ERROR', 'an ERROR whose reason has the wrong length');
  }
  return readText(bytes, at + 1, end);
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export function helloCommand({ username, password }: Credentials): Buffer {
  const userBytes = textBytes(username);
  const passwordBytes = textBytes(password);
  if (userBytes > 255 || passwordBytes > 255) throw new RangeError('user name and password have at most 255 bytes');
  return command('HELLO', 2 + userBytes + passwordBytes, (target, at) => {
    target[at] = userBytes;
    at = writeText(target, at + 1, username, userBytes);
    target[at] = passwordBytes;
    writeText(target, at + 1, password, passwordBytes);
  });
}

export function readHello(bytes: Uint8Array, at: number, end: number): Credentials {
  const userEnd = at < end ? at + 1 + (bytes[at] as number) : end;
  const passwordEnd = userEnd < end ? userEnd + 1 + (bytes[userEnd] as number) : -1;
  if (passwordEnd !== end) {
    throw new ZmtpError('ERR_ZMTP_MALFORMED_COMMAND_HELLO', 'a HELLO whose fields have the wrong length');
  }
  return { username: readText(bytes, at + 1, userEnd), password: readText(bytes, userEnd + 1, passwordEnd) };
}

/** To a peer of version 3.1; to an older one the same is a message of 01 or 00 and the topic. */
export function subscriptionCommand(subscribe: boolean, topic: Uint8Array): Buffer {
  return command(subscribe ? 'SUBSCRIBE' : 'CANCEL', topic.length, (target, at) => target.set(topic, at));
}

export function subscriptionMessage(subscribe: boolean, topic: Uint8Array): Buffer {
  const length = 1 + topic.length;
  const frame = Buffer.allocUnsafe(LONG_HEAD_BYTES + length);
  const at = writeFrameHead(frame, 0, 0, length);
  frame[at] = subscribe ? 1 : 0;
  frame.set(topic, at + 1);
  return frame.subarray(0, at + length);
}

export function pingCommand(ttlMs: number, context: Uint8Array): Buffer {
  return command('PING', 2 + context.length, (target, at) => {
    writeU16(target, at, Math.floor(Math.min(ttlMs, PING_TTL_MS_MAX) / TENTH_MS));
    target.set(context, at + 2);
  });
}

export function pongCommand(context: Uint8Array): Buffer {
  return command('PONG', context.length, (target, at) => target.set(context, at));
}

export interface Ping {
  readonly ttlMs: number;
  readonly context: Uint8Array;
}

export function readPing(bytes: Uint8Array, at: number, end: number): Ping {
  if (end - at < 2) throw new ZmtpError('ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED', 'a PING without a time to live');
  const contextEnd = Math.min(end, at + 2 + PING_CONTEXT_BYTES_MAX);
  return { ttlMs: readU16(bytes, at) * TENTH_MS, context: copyOf(bytes, at + 2, contextEnd) };
}
