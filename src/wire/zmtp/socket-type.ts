/**
 * The socket types by the names that they have in a handshake, and who may talk to whom (RFC 37).
 */

const PARTNERS = {
  PAIR: ['PAIR'],
  PUB: ['SUB', 'XSUB'],
  XPUB: ['SUB', 'XSUB'],
  SUB: ['PUB', 'XPUB'],
  XSUB: ['PUB', 'XPUB'],
  REQ: ['REP', 'ROUTER'],
  REP: ['REQ', 'DEALER'],
  DEALER: ['REP', 'DEALER', 'ROUTER'],
  ROUTER: ['REQ', 'DEALER', 'ROUTER'],
  PUSH: ['PULL'],
  PULL: ['PUSH'],
} as const;

export type SocketTypeName = keyof typeof PARTNERS;

export const SOCKET_TYPES: readonly SocketTypeName[] = Object.keys(PARTNERS) as SocketTypeName[];

export function mayTalk(ours: SocketTypeName, theirs: string): theirs is SocketTypeName {
  return (PARTNERS[ours] as readonly string[]).includes(theirs);
}

/** Types whose identity a ROUTER may want to know. */
export function sendsIdentity(type: SocketTypeName): boolean {
  return type === 'REQ' || type === 'DEALER' || type === 'ROUTER';
}
