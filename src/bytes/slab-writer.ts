/**
 * SlabWriter: everything a connection has to say in one turn, in one piece of memory.
 *
 *     slab   [ deliver | deliver | ack | ................ ]  128 KiB, borrowed from the pool
 *                                       ^ at
 *
 * A frame is written straight into the slab with `room`, then `bytes` and `at`. Once a turn `flush` hands the filled
 * part to the sink as ONE socket write (a write a frame costs five times as much), and the slab goes back to the pool
 * when the socket has taken it. A connection with nothing to say holds no slab. What is larger than a slab is
 * appended in pieces.
 *
 * The pool keeps a bounded number of free slabs; more than that are left to the garbage collector.
 */
import { copyBytes } from './copy.ts';

export const SLAB_BYTES = 128 * 1024;
const FREE_SLABS_MAX = 64;
/** So little is copied out, and the slab is free for the next connection at once: many quiet ones share one slab. */
const SMALL_BYTES_MAX = 1024;

/** Where full slabs go; the part of a socket that a writer needs. */
export interface SlabSink {
  /** `release` is called once the socket no longer needs `bytes`. */
  write(bytes: Uint8Array, release: (() => void) | null): void;
}

class Slab {
  readonly bytes: Uint8Array = new Uint8Array(SLAB_BYTES);
  readonly #pool: SlabPool;
  #free = false;
  /** Bound once, so that lending a slab costs no closure. */
  readonly release = (): void => {
    if (this.#free) return;
    this.#free = true;
    this.#pool.give(this);
  };

  constructor(pool: SlabPool) {
    this.#pool = pool;
  }

  lend(): this {
    this.#free = false;
    return this;
  }
}

export class SlabPool {
  readonly #free: Slab[] = [];

  take(): Slab {
    return (this.#free.pop() ?? new Slab(this)).lend();
  }

  give(slab: Slab): void {
    if (this.#free.length < FREE_SLABS_MAX) this.#free.push(slab);
  }

  get freeSlabs(): number {
    return this.#free.length;
  }
}

/** The process's own pool: slabs are interchangeable, so all connections share it. */
const sharedPool = new SlabPool();
const NOTHING = new Uint8Array(0);

export class SlabWriter {
  /** The slab being filled; valid after `room`, until the next call of `room`, `append` or `flush`. */
  bytes: Uint8Array = NOTHING;
  /** Where the next byte goes. Callers of `room` advance it themselves. */
  at = 0;
  #slab: Slab | null = null;
  readonly #sink: SlabSink;
  readonly #pool: SlabPool;

  constructor(sink: SlabSink, pool: SlabPool = sharedPool) {
    this.#sink = sink;
    this.#pool = pool;
  }

  /** Makes sure that `length` (at most SLAB_BYTES) more bytes fit behind `at`. */
  room(length: number): void {
    if (this.at + length > this.bytes.length) this.#renew();
  }

  /** Appends bytes of any length, in pieces when they do not fit. They are copied. */
  append(source: Uint8Array, from = 0, to = source.length): void {
    while (from < to) {
      if (this.at === this.bytes.length) this.#renew();
      const piece = Math.min(to - from, this.bytes.length - this.at);
      copyBytes(source, from, from + piece, this.bytes, this.at);
      this.at += piece;
      from += piece;
    }
  }

  /** Hands what was written to the sink, as one write. */
  flush(): void {
    const slab = this.#slab;
    if (slab === null || this.at === 0) return;
    const length = this.at;
    this.#slab = null;
    this.bytes = NOTHING;
    this.at = 0;
    if (length > SMALL_BYTES_MAX) {
      this.#sink.write(slab.bytes.subarray(0, length), slab.release);
      return;
    }
    const small = Buffer.allocUnsafe(length);
    copyBytes(slab.bytes, 0, length, small, 0);
    slab.release();
    this.#sink.write(small, null);
  }

  /** Forgets what was not flushed; for a connection that is gone. */
  discard(): void {
    this.#slab?.release();
    this.#slab = null;
    this.bytes = NOTHING;
    this.at = 0;
  }

  #renew(): void {
    this.flush();
    if (this.#slab === null) {
      this.#slab = this.#pool.take();
      this.bytes = this.#slab.bytes;
      this.at = 0;
    }
  }
}
