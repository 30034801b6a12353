/**
 * Loopback: which addresses are of this machine only. Two rules hang on it: the default user `guest` is let in from
 * here alone, and a broker without configured users listens here alone.
 */
import { isIP } from 'node:net';

/** For an address as a socket gives it; names are not resolved. */
export function isLoopback(address: string): boolean {
  const plain = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
  return plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'));
}

/** For what was given as --host: a name counts if every address it stands for does. */
export async function isLoopbackHost(host: string): Promise<boolean> {
  if (isIP(host) !== 0) return isLoopback(host);
  const { lookup } = await import('node:dns/promises');
  const addresses = await lookup(host, { all: true });
  return addresses.every(({ address }) => isLoopback(address));
}
