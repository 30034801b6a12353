/**
 * Host: an address and a port as messages and message ids carry them, four or sixteen bytes and an int32.
 *
 * Parsed once a connection or listener, never per message.
 */
export interface Host {
  /** 4 bytes for IPv4, 16 for IPv6. */
  readonly address: Uint8Array;
  readonly port: number;
}

export const IPV4_BYTES = 4;
export const IPV6_BYTES = 16;
const GROUPS = 8;
const MAPPED_PREFIX = /^(0{20}|)ffff$/;

export const NO_HOST: Host = { address: new Uint8Array(IPV4_BYTES), port: 0 };

/** The host of an address as sockets give it: `127.0.0.1`, `::1`, `::ffff:127.0.0.1`; null for what is no address. */
export function hostOf(address: string, port: number): Host | null {
  const [bare = ''] = address.split('%', 1);
  const bytes = bare.includes(':') ? parseIpv6(bare) : parseIpv4(bare);
  return bytes === null ? null : { address: isMapped(bytes) ? bytes.slice(12) : bytes, port };
}

/** `127.0.0.1:10911` or `[::1]:10911`. */
export function hostText({ address, port }: Host): string {
  if (address.length === IPV4_BYTES) return `${address.join('.')}:${port}`;
  const groups = Array.from({ length: GROUPS }, (_, index) =>
    (((address[index * 2] as number) << 8) | (address[index * 2 + 1] as number)).toString(16),
  );
  const { start, end } = longestZeros(groups);
  if (end - start < 2) return `[${groups.join(':')}]:${port}`;
  return `[${groups.slice(0, start).join(':')}::${groups.slice(end).join(':')}]:${port}`;
}

/** The groups that a double colon stands for. */
function longestZeros(groups: readonly string[]): { start: number; end: number } {
  let longest = { start: 0, end: 0 };
  for (let start = 0; start < groups.length; start++) {
    let end = start;
    while (groups[end] === '0') end++;
    if (end - start > longest.end - longest.start) longest = { start, end };
  }
  return longest;
}

function parseIpv4(text: string): Uint8Array | null {
  const parts = text.split('.');
  if (parts.length !== IPV4_BYTES || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)) return null;
  return Uint8Array.from(parts, Number);
}

function parseIpv6(text: string): Uint8Array | null {
  const tail = text.slice(text.lastIndexOf(':') + 1);
  const embedded = tail.includes('.') ? parseIpv4(tail) : undefined;
  if (embedded === null) return null;
  const plain = embedded === undefined ? text : text.slice(0, -tail.length) + groupsOf(embedded);
  const halves = plain.split('::');
  if (halves.length > 2) return null;
  const [before = [], after] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const given = before.length + (after?.length ?? 0);
  if (after === undefined ? given !== GROUPS : given >= GROUPS) return null;
  const groups = [...before, ...new Array<string>(GROUPS - given).fill('0'), ...(after ?? [])];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return null;
  return Uint8Array.from(
    groups.flatMap((group) => [Number.parseInt(group, 16) >>> 8, Number.parseInt(group, 16) & 255]),
  );
}

function groupsOf(ipv4: Uint8Array): string {
  const [a = 0, b = 0, c = 0, d = 0] = ipv4;
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

/** Is it an IPv4 address in the clothes of an IPv6 one? */
function isMapped(bytes: Uint8Array): boolean {
  return bytes.length === IPV6_BYTES && MAPPED_PREFIX.test(Buffer.from(bytes.subarray(0, 12)).toString('hex'));
}
