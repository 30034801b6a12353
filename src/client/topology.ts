/**
 * What to do about destinations before they are used: make what is missing, insist on it, or wait for it. What was seen
 * once is not asked about again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Declaration, Driver } from './driver.ts';
import { TopologyError } from './errors.ts';
import { destinationText } from './lanes.ts';
import type { Destination } from './message.ts';

const PAUSE_MS = 100;
const PAUSE_MAX_MS = 2_000;

/** `create` what is missing; `expect` it, or fail; `wait` until somebody has made it. */
export type TopologyMode = 'create' | 'expect' | 'wait';

function nameOf({ destination, group, filter }: Declaration): string {
  return `${destinationText(destination)} ${group ?? ''} ${filter ?? ''}`;
}

export class Topology {
  readonly #driver: Driver;
  readonly #mode: TopologyMode;
  readonly #timeoutMs: number;
  readonly #known = new Set<string>();
  /** The same destinations as objects, because that is the quicker question for each message. */
  readonly #seen = new WeakSet<Destination>();
  readonly #closing: AbortSignal;

  constructor(driver: Driver, mode: TopologyMode, timeoutMs: number, closing: AbortSignal) {
    this.#driver = driver;
    this.#mode = mode;
    this.#timeoutMs = timeoutMs;
    this.#closing = closing;
  }

  /** Whether it was declared before, so that nobody has to wait. */
  knows(destination: Destination): boolean {
    return this.#seen.has(destination);
  }

  /** Resolves when all of it is there. */
  async declare(declarations: readonly Declaration[]): Promise<void> {
    const missing = declarations.filter((one) => !this.#known.has(nameOf(one)));
    if (missing.length > 0) await this.#declareMissing(missing);
    for (const { destination } of declarations) this.#seen.add(destination);
  }

  async #declareMissing(missing: readonly Declaration[]): Promise<void> {
    if (this.#mode === 'wait') await this.#wait(missing);
    else await this.#driver.declare(missing, this.#mode);
    for (const one of missing) this.#known.add(nameOf(one));
  }

  async #wait(missing: readonly Declaration[]): Promise<void> {
    const endsAt = performance.now() + this.#timeoutMs;
    for (let pauseMs = PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MAX_MS)) {
      try {
        await this.#driver.declare(missing, 'expect');
        return;
      } catch (error) {
        if (!(error instanceof TopologyError) || performance.now() + pauseMs > endsAt) throw error;
      }
      await sleep(pauseMs, undefined, { signal: this.#closing });
    }
  }
}
