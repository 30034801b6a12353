/**
 * The fixed numbers of OpenWire, its limits, and the error that everything in this folder throws.
 *
 *     [size int32][type byte][fields ...]                                  loose
 *     [size int32][type byte][bits: count, bytes][fields ...]              tight
 *
 * A connection begins with a WireFormatInfo from each side, always loose and without the cache (negotiation.ts). After
 * that all frames are in the form that both have agreed on.
 */
export const VERSION_MIN = 1;
export const VERSION_MAX = 12;

/** The type of a frame that holds nothing. */
export const NULL_TYPE = 0;
/** Before a frame: its size, without these four bytes. */
export const SIZE_BYTES = 4;

/** Positions in the cache are an int16; this one says that there was no room. */
export const NOT_CACHED = -1;
/** The size of the cache where neither side says one. */
export const CACHE_ENTRIES_DEFAULT = 16_383;

/** The form of a connection's frames. */
export interface WireFormat {
  readonly version: number;
  /** Booleans as bits in front, numbers and texts shortened. */
  readonly isTight: boolean;
  /** Ids and destinations that were sent before are sent as their position; 0 for none. */
  readonly cacheEntries: number;
  /** Exceptions carry stack traces and causes. */
  readonly hasStackTraces: boolean;
}

/** Of the first frame of each side. */
export const FIRST_FORMAT: WireFormat = {
  version: VERSION_MIN,
  isTight: false,
  cacheEntries: 0,
  hasStackTraces: false,
};

/** Of messages as they are kept: complete, and readable without what was sent before. */
export const STORED_FORMAT: WireFormat = { ...FIRST_FORMAT, version: VERSION_MAX };

/** Stack traces make no difference: no message has one. */
export function isStoredFormat({ version, isTight, cacheEntries }: WireFormat): boolean {
  return version === VERSION_MAX && !isTight && cacheEntries === 0;
}

export interface DecodingLimits {
  /** Structures within structures. */
  readonly depthMax: number;
  /** Elements of all arrays of a frame, and stack trace elements, together. */
  readonly elementsMax: number;
  /** Encoded bytes of all that the cache of a connection holds. */
  readonly cacheBytesMax: number;
}

export const defaultDecodingLimits: DecodingLimits = {
  depthMax: 16,
  elementsMax: 16_384,
  cacheBytesMax: 1024 * 1024,
};

/** Something that is no OpenWire, or that it has no place for. The connection that sent it ends. */
export class OpenWireError extends Error {
  constructor(text: string) {
    super(text);
    this.name = 'OpenWireError';
  }
}
