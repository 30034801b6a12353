/**
 * AnswerBuffers: memory for answers that carry pieces of logs, lent until the socket has taken them.
 *
 * A fresh megabyte costs more than filling it: its pages have to be zeroed by the kernel, and the garbage collector
 * runs for it. Buffers are of powers of two, so that one fits the next answer too; what is not lent is bounded.
 */

const BYTES_MIN = 64 * 1024;
const IDLE_BYTES_MAX = 8 * 1024 * 1024;

export class AnswerBuffers {
  /** By size. */
  readonly #idle = new Map<number, ArrayBuffer[]>();
  #idleBytes = 0;

  /** Exactly `bytes` bytes, of whatever content. */
  lend(bytes: number): Uint8Array {
    const size = sizeFor(bytes);
    const idle = this.#idle.get(size)?.pop();
    if (idle === undefined) return Buffer.from(new ArrayBuffer(size), 0, bytes);
    this.#idleBytes -= size;
    return Buffer.from(idle, 0, bytes);
  }

  giveBack({ buffer }: Uint8Array): void {
    const size = buffer.byteLength;
    if (this.#idleBytes + size > IDLE_BYTES_MAX) return;
    this.#idleBytes += size;
    const idle = this.#idle.get(size);
    if (idle === undefined) this.#idle.set(size, [buffer as ArrayBuffer]);
    else idle.push(buffer as ArrayBuffer);
  }
}

function sizeFor(bytes: number): number {
  let size = BYTES_MIN;
  while (size < bytes) size *= 2;
  return size;
}
