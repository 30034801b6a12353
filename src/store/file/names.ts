/**
 * What the files of a data folder are called. The name is the only place that says what a file is used for, because
 * renaming it is how it changes its use:
 *
 *   dragoman.store            the identity (identity.ts)
 *   main-000000000017.area    area 17, holding blocks of chain main; likewise kept-, index- and spill-
 *   main-000000000018+3.area  the same, long enough for one large block: it takes the ordinals 18, 19 and 20
 *   spare-000000000003.area   zero-filled or once used, waiting to become an area
 */
import { CHAINS, type Chain } from '../engine.ts';

export const IDENTITY_NAME = 'dragoman.store';

const PATTERN = /^([a-z]+)-(\d{12})(?:\+(\d+))?\.area$/;

export function areaName(chain: Chain, ordinal: number, span: number): string {
  return `${chain}-${padded(ordinal)}${span > 1 ? `+${span}` : ''}.area`;
}

export function spareName(number: number): string {
  return `spare-${padded(number)}.area`;
}

function padded(number: number): string {
  return String(number).padStart(12, '0');
}

export interface ParsedName {
  readonly use: Chain | 'spare';
  readonly number: number;
  readonly span: number;
}

/** What a name stands for; null for files that are none of ours. */
export function parseName(name: string): ParsedName | null {
  const match = PATTERN.exec(name);
  if (match === null) return null;
  const use = match[1] as string;
  if (use !== 'spare' && !(CHAINS as readonly string[]).includes(use)) return null;
  return { use: use as Chain | 'spare', number: Number(match[2]), span: Number(match[3] ?? 1) };
}
