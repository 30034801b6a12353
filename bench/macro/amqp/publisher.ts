/**
 * Keeps one connection's window of publishes full, from blocks encoded ahead.
 *
 *     pace.room, confirm window, blocks not in flight -> n -> socket.write(block, n * stride bytes)
 *
 * A block is in flight from the write until its callback; only then are its stamps patched again. A connection has a
 * few blocks, so about half a megabyte may be waiting in this process, and writing stops when the broker stops
 * reading. Refilling after a callback goes through `setImmediate`: callbacks come as microtasks, and refilling right
 * there would keep the loop from ever reading.
 */

import { nowUs, stampOf } from '../clock.ts';
import type { Histogram } from '../histogram.ts';
import { ConfirmWindow } from './confirm-window.ts';
import type { Connection } from './connection.ts';
import { type Block, CONFIRM_SELECT_OK, id, type MessageShape, method, publishBlock, u8 } from './frames.ts';

/** What all publishers of a run share: how many messages may still be sent. */
export interface Pace {
  room(): number;
  sent(count: number): void;
}

export interface PublisherOptions {
  shape: MessageShape;
  /** Unconfirmed publishes at most; 0 = no confirms. */
  window: number;
  blockBytes: number;
  blocks: number;
  /** Every n-th message of a block carries its time of sending. */
  stampEvery: number;
}

export class Publisher {
  confirmed = 0;
  refused = 0;
  private readonly connection: Connection;
  private readonly pace: Pace;
  private readonly options: PublisherOptions;
  private readonly window: ConfirmWindow;
  private readonly idle: BlockInFlight[] = [];
  private refilling = false;

  constructor(connection: Connection, pace: Pace, latencies: Histogram, options: PublisherOptions) {
    this.connection = connection;
    this.pace = pace;
    this.options = options;
    this.window = new ConfirmWindow(options.window);
    for (let i = 0; i < options.blocks; i++) {
      const block = publishBlock(options.shape, options.blockBytes, options.stampEvery);
      const inFlight: BlockInFlight = { block, written: () => this.written(inFlight) };
      this.idle.push(inFlight);
    }
    let readAtUs = 0;
    connection.onConfirmed = (tag, multiple, ok) => {
      if (readAtUs === 0) readAtUs = nowUs();
      const settled = this.window.confirm(tag, multiple, readAtUs, latencies);
      if (ok) this.confirmed += settled;
      else this.refused += settled;
    };
    connection.onTraffic = () => {
      readAtUs = 0;
      this.fill();
    };
  }

  async start(): Promise<void> {
    if (this.options.window > 0) await this.connection.call(method(1, id(85, 10), u8(0)), CONFIRM_SELECT_OK);
  }

  /** Sends as much as window, pace and blocks allow. */
  fill(): void {
    const limited = this.options.window > 0;
    while (this.idle.length > 0) {
      let count = this.pace.room();
      if (limited) count = Math.min(count, this.options.window - this.window.open, this.window.room);
      if (count <= 0) return;
      const inFlight = this.idle.pop()!;
      const { block } = inFlight;
      if (count > block.count) count = block.count;
      const now = nowUs();
      const stamp = stampOf(now);
      for (let i = 0; i < count; i += block.stampEvery) {
        block.bytes.writeUInt32LE(stamp, i * block.stride + block.bodyAt + 1);
      }
      if (limited) this.window.sent(count, now);
      this.pace.sent(count);
      const whole = count === block.count;
      this.connection.socket.write(
        whole ? block.bytes : block.bytes.subarray(0, count * block.stride),
        inFlight.written,
      );
    }
  }

  private written(inFlight: BlockInFlight): void {
    this.idle.push(inFlight);
    if (this.refilling) return;
    this.refilling = true;
    setImmediate(() => {
      this.refilling = false;
      this.fill();
    });
  }
}

interface BlockInFlight {
  block: Block;
  written: () => void;
}
