/**
 * What the first frame of each side says, and what follows from both.
 *
 *     WireFormatInfo   magic, the newest version that the sender knows, and a primitive map of options
 *
 * Both frames are sent at once, without waiting for the other. From then on: the older version, what both have switched
 * on, and the smaller of both limits, where 0 means that a side does not say.
 */
import { readMap, writeMap } from './bodies.ts';
import type { Num, NumberType, Table, Value } from './primitives.ts';
import { CACHE_ENTRIES_DEFAULT, OpenWireError, VERSION_MAX, VERSION_MIN, type WireFormat } from './protocol.ts';
import type { DraftOf, StructureOf } from './structures.ts';

/** Of the map in a first frame: nobody has more to say. */
const OPTION_LIMITS = { primitivesDepthMax: 1, primitivesMax: 64 };
const OPTION_BYTES_MAX = 64 * 1024;

/** What one side offers. */
export interface Offer {
  readonly version: number;
  readonly isTight: boolean;
  /** Caching, and the size of the cache; 0 leaves the size to the other side. */
  readonly isCached: boolean;
  readonly cacheEntries: number;
  readonly hasStackTraces: boolean;
  /** After so long without a frame the other side is gone; 0 for never. */
  readonly inactivityMs: number;
  readonly inactivityInitialDelayMs: number;
  /** The largest frame, 0 where the sender does not say. */
  readonly frameBytesMax: number;
  readonly providerName: string;
  readonly providerVersion: string;
}

export interface Agreement {
  readonly format: WireFormat;
  readonly inactivityMs: number;
  readonly inactivityInitialDelayMs: number;
  readonly frameBytesMax: number;
}

export function offerOf(info: StructureOf<'WireFormatInfo'>): Offer {
  const { version, marshalledProperties } = info;
  if (version < VERSION_MIN) throw new OpenWireError(`there is no version ${version}`);
  const bytes = marshalledProperties ?? new Uint8Array(0);
  if (bytes.length > OPTION_BYTES_MAX) throw new OpenWireError(`${bytes.length} bytes of options`);
  const options: Table = bytes.length === 0 ? new Map() : readMap(bytes, OPTION_LIMITS);
  return {
    version,
    isTight: options.get('TightEncodingEnabled') === true,
    isCached: options.get('CacheEnabled') === true,
    cacheEntries: numberOf(options.get('CacheSize')),
    hasStackTraces: options.get('StackTraceEnabled') === true,
    inactivityMs: numberOf(options.get('MaxInactivityDuration')),
    // The Java client has misspelt it, .NET has not.
    inactivityInitialDelayMs: numberOf(
      options.get('MaxInactivityDurationInitalDelay') ?? options.get('MaxInactivityDurationInitialDelay'),
    ),
    frameBytesMax: numberOf(options.get('MaxFrameSize')),
    providerName: textOf(options.get('ProviderName')),
    providerVersion: textOf(options.get('ProviderVersion')),
  };
}

export function infoOf(offer: Offer): DraftOf<'WireFormatInfo'> {
  const options: Table = new Map<string, Value>([
    ['TightEncodingEnabled', offer.isTight],
    ['CacheEnabled', offer.isCached],
    ['CacheSize', number('int32', offer.cacheEntries)],
    ['StackTraceEnabled', offer.hasStackTraces],
    ['SizePrefixDisabled', false],
    ['TcpNoDelayEnabled', true],
    ['MaxInactivityDuration', number('int64', offer.inactivityMs)],
    ['MaxInactivityDurationInitalDelay', number('int64', offer.inactivityInitialDelayMs)],
    ['MaxFrameSize', number('int64', offer.frameBytesMax)],
    ['ProviderName', offer.providerName],
    ['ProviderVersion', offer.providerVersion],
  ]);
  return { type: 'WireFormatInfo', version: offer.version, marshalledProperties: writeMap(options) };
}

export function agree(ours: Offer, theirs: Offer): Agreement {
  const isCached = ours.isCached && theirs.isCached;
  const cacheEntries = smaller(ours.cacheEntries, theirs.cacheEntries) || CACHE_ENTRIES_DEFAULT;
  return {
    format: {
      version: Math.min(ours.version, theirs.version, VERSION_MAX),
      isTight: ours.isTight && theirs.isTight,
      cacheEntries: isCached ? Math.min(cacheEntries, CACHE_ENTRIES_DEFAULT) : 0,
      hasStackTraces: ours.hasStackTraces && theirs.hasStackTraces,
    },
    // Either side may switch it off.
    inactivityMs: Math.min(ours.inactivityMs, theirs.inactivityMs),
    inactivityInitialDelayMs: Math.min(ours.inactivityInitialDelayMs, theirs.inactivityInitialDelayMs),
    frameBytesMax: smaller(ours.frameBytesMax, theirs.frameBytesMax),
  };
}

/** 0 says nothing. */
function smaller(a: number, b: number): number {
  if (a === 0 || b === 0) return Math.max(a, b);
  return Math.min(a, b);
}

function number(type: NumberType, value: number): Num {
  return { type, value, scale: 0 };
}

/** Negative numbers say nothing either. */
function numberOf(value: Value | undefined): number {
  const isNumber = typeof value === 'object' && value !== null && 'type' in value;
  return isNumber ? Math.max(0, Number((value as Num).value)) : 0;
}

function textOf(value: Value | undefined): string {
  return typeof value === 'string' ? value : '';
}
