/**
 * Endpoint: one port of the broker that speaks ZMTP, what kind of socket it is, and what is behind it.
 *
 *     pull:5556:queue/tasks          what peers push goes to queue `tasks`
 *     rep:5557:exchange/orders       asked with a message, answered once it is stored; the key is its first frame
 *     router:5558:exchange/orders#eu the same for DEALERs; the key is always `eu`
 *     pub:5559:exchange/prices       subscribers get what is published to `prices`; `xpub` is the same
 *     push:5560:queue/tasks          each message of queue `tasks` to one peer
 *     sub:5561:exchange/prices       what peers publish goes to `prices`
 */
export const ENDPOINT_TYPES = ['pull', 'sub', 'rep', 'router', 'pub', 'xpub', 'push'] as const;
export type EndpointType = (typeof ENDPOINT_TYPES)[number];

export interface Endpoint {
  readonly type: EndpointType;
  /** 0: any free port. */
  readonly port: number;
  readonly target: 'queue' | 'exchange';
  readonly name: string;
  /** Where messages go to within an exchange; null: to the text of their first frame. */
  readonly key: string | null;
}

export const ENDPOINT_RULE =
  'TYPE:PORT:queue/NAME or TYPE:PORT:exchange/NAME[#KEY], with TYPE one of ' +
  `${ENDPOINT_TYPES.join(', ')}; push has a queue, pub and xpub have an exchange and no key`;

const PORT_MAX = 65_535;
const NAME_BYTES_MAX = 255;

/** null if it does not follow the rule. */
export function parseEndpoint(text: string): Endpoint | null {
  const [type, port, ...rest] = text.split(':');
  const place = rest.join(':');
  const slash = place.indexOf('/');
  const target = place.slice(0, Math.max(slash, 0));
  const known = ENDPOINT_TYPES.find((name) => name === type);
  if (known === undefined || port === undefined || !/^\d{1,5}$/.test(port) || Number(port) > PORT_MAX) return null;
  if (target !== 'queue' && target !== 'exchange') return null;
  const hash = target === 'exchange' ? place.indexOf('#', slash) : -1;
  const name = hash < 0 ? place.slice(slash + 1) : place.slice(slash + 1, hash);
  const key = hash < 0 ? null : place.slice(hash + 1);
  if (name === '' || Buffer.byteLength(name) > NAME_BYTES_MAX || Buffer.byteLength(key ?? '') > NAME_BYTES_MAX) {
    return null;
  }
  if (known === 'push' && target !== 'queue') return null;
  if ((known === 'pub' || known === 'xpub') && (target !== 'exchange' || key !== null)) return null;
  return { type: known, port: Number(port), target, name, key };
}
