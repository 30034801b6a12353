/** When producers may send: whenever there is room, or a given number of records a second. */

import { nowUs } from '../clock.ts';
import type { Quota } from './full-batches.ts';

/** As fast as the broker takes it, as long as `mayGo` agrees. */
export class Flood implements Quota {
  mayGo: () => boolean = () => false;
  sent = 0;

  take(records: number): boolean {
    if (!this.mayGo()) return false;
    this.sent += records;
    return true;
  }
}

/** Calls `tick` once for each `everyMs` that has passed, whatever the broker does; late if this process is. */
export class Ticker {
  private readonly timer: NodeJS.Timeout;

  constructor(everyMs: number, tick: (nowUs: number) => void, afterTicks: () => void) {
    const startedAt = performance.now();
    let ticks = 0;
    this.timer = setInterval(() => {
      const now = nowUs();
      const passed = Math.floor((performance.now() - startedAt) / everyMs);
      for (; ticks < passed; ticks++) tick(now);
      afterTicks();
    }, 1);
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
