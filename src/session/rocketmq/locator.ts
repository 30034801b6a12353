/**
 * Locator: the 64-bit "physical offset" by which clients name a stored message for good: in message ids, when they send
 * a message back, when they end a transaction.
 *
 *     0  [0][log number 21][offset 41]      logs with a number below 2 million
 *        [1][log number 28][offset 34]      all others
 *     the upper bit of the 64 is always 0
 *
 * RocketMQ's is a place in a file. Ours is a log's number and an offset in it, which stay as they are whatever becomes
 * of files; looking one up is a look into the log's index. Log numbers are never given twice, so a locator never leads
 * to another message. Number 0, which no log has, stands for the log in which held messages wait.
 *
 * 2^53 is not enough for it, so it is two halves of 32 bits, and a bigint only where a request names one as text.
 */
import type { LogId, Offset } from '../../core/ids.ts';

/** Stands for the log of held messages. */
export const HELD: LogId = 0;

const HALF = 0x1_0000_0000;
const NARROW_LOGS = 2 ** 21;
const NARROW_OFFSETS = 2 ** 41;
/** Of the upper half: what of the offset is in it. */
const NARROW_SCALE = NARROW_OFFSETS / HALF;
const WIDE_LOGS = 2 ** 28;
const WIDE_OFFSETS = 2 ** 34;
const WIDE_SCALE = WIDE_OFFSETS / HALF;
const WIDE = 0x4000_0000;
const LONG_MAX = 2n ** 63n - 1n;
const DECIMAL = /^\d{1,19}$/;

export class Locator {
  high = 0;
  low = 0;

  /**
   * Stands for the message at `offset` of a log. What no locator can name gets the largest one, which names nothing.
   */
  point(log: LogId, offset: Offset): this {
    const upper = Math.floor(offset / HALF);
    this.low = offset - upper * HALF;
    if (log < NARROW_LOGS && offset < NARROW_OFFSETS) this.high = log * NARROW_SCALE + upper;
    else if (log < WIDE_LOGS - 1 && offset < WIDE_OFFSETS) this.high = WIDE + log * WIDE_SCALE + upper;
    else {
      this.high = 0x7fff_ffff;
      this.low = 0xffff_ffff;
    }
    return this;
  }

  /** False if the text is no number of 63 bits. */
  read(text: string): boolean {
    if (!DECIMAL.test(text)) return false;
    const value = BigInt(text);
    if (value > LONG_MAX) return false;
    this.high = Number(value >> 32n);
    this.low = Number(value & 0xffff_ffffn);
    return true;
  }

  get log(): LogId {
    return this.high < WIDE ? Math.floor(this.high / NARROW_SCALE) : Math.floor((this.high - WIDE) / WIDE_SCALE);
  }

  get offset(): Offset {
    return (this.high % (this.high < WIDE ? NARROW_SCALE : WIDE_SCALE)) * HALF + this.low;
  }

  toString(): string {
    return ((BigInt(this.high) << 32n) | BigInt(this.low)).toString();
  }
}
