/**
 * A histogram for latencies: fixed memory, no allocation per sample, about 3 % relative error.
 *
 * Values are whole microseconds. Below 64 every value has its own bucket; above, each power of two is cut into
 * 32 equal buckets, as in an HDR histogram with five bits of precision:
 *
 *     value    0 .. 63 | 64 .. 127 | 128 .. 255 | ...  2^31
 *     bucket   0 .. 63 | 64 .. 95  |  96 .. 127 | ...
 *
 * Invariant: the buckets' counts add up to `count`; `percentile` answers a bucket's upper edge, so never too low.
 */

const EXACT = 64;
const PER_OCTAVE = 32;
const BUCKETS = EXACT + (31 - 6) * PER_OCTAVE;

export class Histogram {
  count = 0;
  private readonly buckets = new Float64Array(BUCKETS);

  record(valueUs: number, times = 1): void {
    this.buckets[bucketOf(valueUs)]! += times;
    this.count += times;
  }

  reset(): void {
    this.buckets.fill(0);
    this.count = 0;
  }

  /** The value that `share` (0..1) of all samples do not exceed; NaN while there are none. */
  percentile(share: number): number {
    if (this.count === 0) return Number.NaN;
    let left = Math.max(1, Math.ceil(share * this.count));
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      left -= this.buckets[bucket]!;
      if (left <= 0) return upperEdge(bucket);
    }
    return upperEdge(BUCKETS - 1);
  }
}

function bucketOf(valueUs: number): number {
  const value = valueUs > 0x7fffffff ? 0x7fffffff : valueUs < 0 ? 0 : valueUs | 0;
  if (value < EXACT) return value;
  const octave = 31 - Math.clz32(value);
  return EXACT + (octave - 6) * PER_OCTAVE + ((value >> (octave - 5)) & (PER_OCTAVE - 1));
}

function upperEdge(bucket: number): number {
  if (bucket < EXACT) return bucket;
  const octave = 6 + Math.floor((bucket - EXACT) / PER_OCTAVE);
  const step = (bucket - EXACT) % PER_OCTAVE;
  return (PER_OCTAVE + step + 1) * 2 ** (octave - 5) - 1;
}
