/**
 * Takes what a queue delivers: counts it, measures how old the stamped messages are, and acknowledges if asked to.
 *
 * With `prefetch` 0 the broker needs no acks. Otherwise one `basic.ack multiple` goes out once half the prefetch has
 * arrived, and only after a whole read, so acks never outnumber reads.
 */

import { nowUs, sinceStampUs } from '../clock.ts';
import type { Histogram } from '../histogram.ts';
import type { Connection } from './connection.ts';
import { BASIC_ACK, BASIC_CONSUME_OK, BASIC_QOS_OK, id, method, shortstr, table, u8, u16, u32, u64 } from './frames.ts';

export class Consumer {
  private readonly connection: Connection;
  private readonly queue: string;
  private readonly prefetch: number;
  private seen = 0;
  private ackedTag = 0;

  constructor(
    connection: Connection,
    queue: string,
    prefetch: number,
    latencies: Histogram,
    onDelivered: (count: number) => void,
  ) {
    this.connection = connection;
    this.queue = queue;
    this.prefetch = prefetch;
    let readAtUs = 0;
    connection.onStamped = (stamp) => {
      if (readAtUs === 0) readAtUs = nowUs();
      latencies.record(sinceStampUs(stamp, readAtUs));
    };
    connection.onTraffic = () => {
      readAtUs = 0;
      const { deliveries } = connection.scanner;
      if (deliveries === this.seen) return;
      const count = deliveries - this.seen;
      this.seen = deliveries;
      if (prefetch > 0) this.acknowledge();
      onDelivered(count);
    };
  }

  async start(): Promise<void> {
    const noAck = this.prefetch === 0;
    if (!noAck) await this.connection.call(method(1, id(60, 10), u32(0), u16(this.prefetch), u8(0)), BASIC_QOS_OK);
    const flags = u8(noAck ? 2 : 0);
    const consume = method(1, id(60, 20), u16(0), shortstr(this.queue), shortstr('c'), flags, table());
    await this.connection.call(consume, BASIC_CONSUME_OK);
  }

  private acknowledge(): void {
    const { lastTag } = this.connection.scanner;
    if (lastTag - this.ackedTag < this.prefetch / 2) return;
    // A delivery whose body is still on its way has shown its tag already: leave that one for the next ack.
    const arrived = this.connection.scanner.deliveries;
    const tag = Math.min(lastTag, arrived);
    this.ackedTag = tag;
    this.connection.socket.write(method(1, BASIC_ACK, u64(tag), u8(1)));
  }
}
