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

export type Site = Pick<View, 'loopbackOnly' | 'options'>;

export function originAllowed(headers: IncomingHttpHeaders, site: Site): boolean {
  const { host, origin } = headers;
  return hostAllowed(host, site) && (origin === undefined || origin === `http://${host}`);
}

/** For WebSockets, which pages of the same machine open too, each from its own port. */
export function upgradeAllowed(headers: IncomingHttpHeaders, site: Site): boolean {
  const { host, origin } = headers;
  if (host === undefined || !hostAllowed(host, site)) return false;
  if (origin === undefined) return true;
  const name = hostName(origin.replace(/^https?:\/\//, ''));
  return name === hostName(host) || (site.loopbackOnly && isOwn(name, site));
}

function hostAllowed(host: string | undefined, site: Site): boolean {
  if (host === undefined) return false;
  return !site.loopbackOnly || isOwn(hostName(host), site);
}

function isOwn(name: string, { options }: Site): boolean {
  return name === 'localhost' || name === options.host || name === options.advertise || isLoopback(name);
}

/** `localhost:15672` -> `localhost`, `[::1]:15672` -> `::1` */
function hostName(host: string): string {
  const [, address, name] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d+)?$/.exec(host) ?? [];
  return (address ?? name ?? '').toLowerCase();
}
