/**
 * Phase: how far a connection is. The numbers rise as it goes on, so "not open yet" is `phase < RUNNING`.
 */

/** The eight bytes of the protocol header are awaited. */
export const HEADER = 0;
/** From connection.start to connection.open. */
export const HANDSHAKE = 1;
export const RUNNING = 2;
/** connection.close was sent, or answered: all that is awaited is the end. */
export const CLOSING = 3;
/** Nothing is read or written any more. */
export const CLOSED = 4;

export type Phase = typeof HEADER | typeof HANDSHAKE | typeof RUNNING | typeof CLOSING | typeof CLOSED;
