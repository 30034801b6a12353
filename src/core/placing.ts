/**
 * Placing: puts an entry of the hold log where it was meant to go, without copying its bytes.
 *
 * Where that is, is found now, not when it was held: bindings may have come and gone. Exchanges that look at headers
 * are given those of the entry, read by the format it is in. An exchange that is gone takes nothing.
 */
import type { ExchangeKeeper } from './exchange.ts';
import type { Format } from './format.ts';
import type { HoldTarget } from './holds.ts';
import { Entry } from './message.ts';
import type { Log } from './ports.ts';
import type { Environment } from './turn.ts';
import type { Headers, Value } from './value.ts';

export class Placing implements Headers {
  private readonly environment: Environment;
  private readonly keeper: ExchangeKeeper;
  private entry = new Entry();

  constructor(environment: Environment, keeper: ExchangeKeeper) {
    this.environment = environment;
    this.keeper = keeper;
  }

  /** A header of the entry that is being placed. */
  get(name: string): Value | undefined {
    return this.format?.header(this.entry, name);
  }

  /** The entry is resident. */
  place(source: Log, entry: Entry, { exchange: name, key, log, priority }: HoldTarget): void {
    this.entry = entry;
    const exchange = this.keeper.exchanges.get(name);
    if (exchange === undefined) return this.keeper.routes.nowhere.place(source, entry, priority);
    if (log < 0 || exchange.topic?.logs[log] === undefined) {
      return exchange.route(key, this).place(source, entry, priority);
    }
    const whole = exchange.wholeRoute(log);
    if (whole !== null) return whole.place(source, entry, priority);
    exchange.keptRoute(log).place(source, entry, priority);
    const bound = exchange.boundRoute(key, this);
    if (!bound.empty) bound.place(source, entry, priority);
  }

  private get format(): Format | undefined {
    return this.environment.formats.get(this.entry.format);
  }
}
