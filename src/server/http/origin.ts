/**
 * Origin: keeps web pages of others away from a broker that trusts its own machine.
 *
 * A page can have its name resolve to 127.0.0.1 and then ask us through its visitor's browser, as a guest from
 * loopback. Its name gives it away: while we listen on loopback, `Host` must be a name of loopback or the advertised
 * one. And a request that says which page it comes from (`Origin`) must come from ourselves, wherever we listen.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { isLoopback } from '../loopback.ts';
import type { View } from '../view.ts';

export function originAllowed(headers: IncomingHttpHeaders, { loopbackOnly, options }: View): boolean {
  const { host, origin } = headers;
  if (host === undefined) return false;
  if (loopbackOnly) {
    const name = hostName(host);
    const known = name === 'localhost' || name === options.host || name === options.advertise;
    if (!known && !isLoopback(name)) return false;
  }
  return origin === undefined || origin === `http://${host}`;
}

/** `localhost:15672` -> `localhost`, `[::1]:15672` -> `::1` */
function hostName(host: string): string {
  const [, address, name] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d+)?$/.exec(host) ?? [];
  return (address ?? name ?? '').toLowerCase();
}
