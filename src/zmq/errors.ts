/**
 * The errors of the library: a code as in errno.h or zmq.h, its number, and the address where one is meant.
 *
 * Codes are those that programs for zeromq.js look at; numbers are Linux's, or ZeroMQ's own above 156384712.
 */
import { constants } from 'node:os';

const OWN_ERRNO = 156_384_712;

const ERRORS = {
  EACCES: [constants.errno.EACCES, 'Permission denied'],
  EADDRINUSE: [constants.errno.EADDRINUSE, 'Address already in use'],
  EADDRNOTAVAIL: [constants.errno.EADDRNOTAVAIL, 'Address not available'],
  EAGAIN: [constants.errno.EAGAIN, 'Operation was not possible or timed out'],
  EBADF: [constants.errno.EBADF, 'Socket is closed'],
  EBUSY: [constants.errno.EBUSY, 'Too many operations are waiting on the socket'],
  ECONNREFUSED: [constants.errno.ECONNREFUSED, 'Connection refused'],
  EFSM: [OWN_ERRNO + 51, 'Operation cannot be accomplished in current state'],
  EHOSTUNREACH: [constants.errno.EHOSTUNREACH, 'Host unreachable'],
  EINVAL: [constants.errno.EINVAL, 'Invalid argument'],
  EMFILE: [constants.errno.EMFILE, 'Too many open file descriptors'],
  ENODEV: [constants.errno.ENODEV, 'No such device'],
  ENOENT: [constants.errno.ENOENT, 'No such endpoint'],
  ENOTSUP: [constants.errno.ENOTSUP, 'Operation not supported'],
  EPROTONOSUPPORT: [constants.errno.EPROTONOSUPPORT, 'Protocol not supported'],
  ETIMEDOUT: [constants.errno.ETIMEDOUT, 'Connection timed out'],
} as const satisfies Record<string, readonly [number, string]>;

export type ZmqErrorCode = keyof typeof ERRORS;

export class ZmqError extends Error {
  readonly code: string;
  readonly errno: number;
  readonly address?: string;

  constructor(code: ZmqErrorCode, text?: string, address?: string) {
    super(text ?? ERRORS[code][1]);
    this.name = 'Error';
    this.code = code;
    this.errno = ERRORS[code][0];
    if (address !== undefined) this.address = address;
  }
}

/** What node:net reports, with the address as ZeroMQ writes it; an unknown code stays what it is. */
export function transportError(error: NodeJS.ErrnoException, address: string): ZmqError {
  const { code } = error;
  if (code === undefined) return new ZmqError('EINVAL', error.message, address);
  if (code in ERRORS) return new ZmqError(code as ZmqErrorCode, undefined, address);
  const unknown = new ZmqError('EINVAL', error.message, address);
  return Object.assign(unknown, { code, errno: Math.abs(error.errno ?? unknown.errno) });
}
