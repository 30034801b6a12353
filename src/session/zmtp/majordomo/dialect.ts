/**
 * Dialect: Majordomo 0.1 and 0.2 (RFC 7 and 18), and how their messages are laid out.
 *
 *     0.1  client -> [empty][MDPC01][service][body ...]             <- [empty][MDPC01][service][body ...]
 *          worker -> [empty][MDPW01][command][...]
 *     0.2  client -> [MDPC02][1][service][body ...]                 <- [MDPC02][2 or 3][service][body ...]
 *          worker -> [MDPW02][command][...]
 *
 *                 READY  REQUEST  PARTIAL  FINAL  HEARTBEAT  DISCONNECT
 *     worker 0.1    1       2        -       3        4          5
 *     worker 0.2    1       2        3       4        5          6
 *
 * A REQ socket puts an empty frame in front of everything and expects one back, so whether there was one is part of the
 * dialect: 0.2 is answered as it was asked.
 */
export const CLIENT_REQUEST = 1;
export const CLIENT_PARTIAL = 2;
export const CLIENT_FINAL = 3;

export type WorkerCommand = 'READY' | 'REQUEST' | 'PARTIAL' | 'FINAL' | 'HEARTBEAT' | 'DISCONNECT';

export interface Dialect {
  /** In stored requests: never to be given to another dialect. */
  readonly code: number;
  readonly version: 1 | 2;
  /** An empty frame comes first. */
  readonly delimited: boolean;
}

const DIALECTS: readonly Dialect[] = [
  { code: 1, version: 1, delimited: true },
  { code: 2, version: 2, delimited: false },
  { code: 3, version: 2, delimited: true },
  { code: 4, version: 1, delimited: false },
];

const COMMANDS: readonly (readonly WorkerCommand[])[] = [
  ['READY', 'REQUEST', 'FINAL', 'HEARTBEAT', 'DISCONNECT'],
  ['READY', 'REQUEST', 'PARTIAL', 'FINAL', 'HEARTBEAT', 'DISCONNECT'],
];

const CLIENT_HEADERS = ['MDPC01', 'MDPC02'];
const WORKER_HEADERS = ['MDPW01', 'MDPW02'];

export interface Opening {
  readonly isWorker: boolean;
  readonly dialect: Dialect;
  /** Of the frame behind the header. */
  readonly at: number;
}

/** By whom and in which dialect a message is; null for what is not Majordomo. */
export function openingOf(frames: readonly Buffer[]): Opening | null {
  const delimited = (frames[0] as Buffer).length === 0;
  const header = frames[delimited ? 1 : 0];
  if (header === undefined || header.length !== 6) return null;
  const text = header.toString('latin1');
  const isWorker = WORKER_HEADERS.includes(text);
  const version = 1 + (isWorker ? WORKER_HEADERS : CLIENT_HEADERS).indexOf(text);
  const dialect = DIALECTS.find((known) => known.version === version && known.delimited === delimited);
  return dialect === undefined ? null : { isWorker, dialect, at: delimited ? 2 : 1 };
}

export function dialectOf(code: number): Dialect | undefined {
  return DIALECTS.find((known) => known.code === code);
}

/** undefined for what is none. */
export function commandOf({ version }: Dialect, frame: Buffer | undefined): WorkerCommand | undefined {
  if (frame?.length !== 1) return undefined;
  return COMMANDS[version - 1]?.[(frame[0] as number) - 1];
}

/** The beginning of what a worker is told. */
export function toWorker({ version, delimited }: Dialect, command: WorkerCommand): Uint8Array[] {
  const code = 1 + (COMMANDS[version - 1] as readonly WorkerCommand[]).indexOf(command);
  const frames: Uint8Array[] = delimited ? [new Uint8Array(0)] : [];
  frames.push(Buffer.from(WORKER_HEADERS[version - 1] as string), Uint8Array.of(code));
  return frames;
}

/** The beginning of what a client is told. */
export function toClient({ version, delimited }: Dialect, isFinal: boolean, service: string): Uint8Array[] {
  const frames: Uint8Array[] = delimited ? [new Uint8Array(0)] : [];
  frames.push(Buffer.from(CLIENT_HEADERS[version - 1] as string));
  if (version === 2) frames.push(Uint8Array.of(isFinal ? CLIENT_FINAL : CLIENT_PARTIAL));
  frames.push(Buffer.from(service));
  return frames;
}
