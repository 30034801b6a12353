/**
 * What a socket tells about its connections, by the names of zeromq.js.
 */
import type { FaultCode } from '../wire/zmtp/constants.ts';

export interface ErrnoError extends Error {
  code: string;
  errno: number;
}

/** A handshake that failed because a side refused the other. */
export interface AuthError extends Error {
  status: 300 | 400 | 500;
}

export interface ProtoError extends Error {
  code: FaultCode;
}

interface At {
  address: string;
}

interface Failed<E = ErrnoError> {
  error: E;
}

/** What comes with each type of event. */
export interface EventData {
  accept: At;
  'accept:error': At & Failed;
  bind: At;
  'bind:error': At & Failed;
  connect: At;
  'connect:delay': At;
  'connect:retry': At & { interval: number };
  close: At;
  'close:error': At & Failed;
  disconnect: At;
  end: object;
  handshake: At;
  'handshake:error:protocol': At & Failed<ProtoError>;
  'handshake:error:auth': At & Failed<AuthError>;
  'handshake:error:other': At & Failed;
  unknown: object;
}

export type EventType = keyof EventData;
export type EventOfType<E extends EventType = EventType> = { [K in E]: { type: K } & EventData[K] }[E];
export type Event = EventOfType;
