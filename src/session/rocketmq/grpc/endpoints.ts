/**
 * Endpoints: where a client is told to go. There is one broker, so always back to where it came; it says itself by
 * which address that is, which holds behind proxies and translations too.
 */
import { hostOf, IPV4_BYTES } from '../../../wire/rocketmq/host.ts';
import { ADDRESS_SCHEME } from '../../../wire/rocketmq/v2/codes.ts';
import type { Endpoints } from '../../../wire/rocketmq/v2/shapes.ts';
import type { Caller } from './caller.ts';

export function endpointsFor(advertise: string | null, caller: Caller, named: Endpoints | null | undefined): Endpoints {
  if (advertise !== null) return endpointsOf(advertise, named?.addresses[0]?.port ?? caller.port);
  return named && named.addresses.length > 0 ? named : endpointsOf(caller.host, caller.port);
}

function endpointsOf(host: string, port: number): Endpoints {
  const address = hostOf(host, port)?.address;
  const { IPV4, IPV6, DOMAIN_NAME } = ADDRESS_SCHEME;
  const scheme = address === undefined ? DOMAIN_NAME : address.length === IPV4_BYTES ? IPV4 : IPV6;
  return { scheme, addresses: [{ host, port }] };
}
