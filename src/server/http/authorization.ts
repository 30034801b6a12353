/**
 * Authorization: HTTP basic credentials to a user. The comparison, in constant time, is that of `Credentials`.
 */
import type { Credentials, User } from '../credentials.ts';

export function authorize(credentials: Credentials, header: string | undefined, remoteAddress: string): User | null {
  const [, encoded] = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(header ?? '') ?? [];
  if (encoded === undefined) return null;
  const decoded = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon === -1) return null;
  return credentials.check(decoded.slice(0, colon), decoded.slice(colon + 1), remoteAddress);
}
