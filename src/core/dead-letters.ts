/**
 * DeadLetters: where a subscription's messages go that expired or were refused for good.
 *
 * Each is placed elsewhere, with the reason laid over it, in the commit group that releases it here: it is in one of
 * the two places, whatever happens. What is cold is loaded first and stays unreleased until then. The transient end.
 */
import { Entry, type Overlay } from './message.ts';
import type { DeadLetterOffice, DeathCause } from './onlooker.ts';
import { COLD, END, type Log, type Offset } from './ports.ts';
import type { Route } from './route.ts';
import type { Environment } from './turn.ts';

export interface DeadLetterPolicy {
  /** Where to, now. An empty route: nowhere, and the message ends. */
  route(): Route;
  overlay(cause: DeathCause): Overlay;
}

interface Waiting {
  readonly log: Log;
  readonly from: Offset;
  readonly to: Offset;
}

export class DeadLetters implements DeadLetterOffice {
  readonly #environment: Environment;
  readonly #policy: DeadLetterPolicy;
  readonly #entry = new Entry();
  /** Refused, and cold. */
  #waiting: Waiting[] = [];

  constructor(environment: Environment, policy: DeadLetterPolicy) {
    this.#environment = environment;
    this.#policy = policy;
  }

  take(log: Log, entry: Entry, cause: DeathCause): void {
    const route = this.#policy.route();
    if (route.empty) return;
    const overlay = this.#policy.overlay(cause);
    if (entry.count > 1) this.#takeOne(route, entry, overlay);
    else route.place(log, entry, entry.priority, over(entry.overlay, overlay));
  }

  /** One message of a batch becomes a message of its own. */
  #takeOne(route: Route, entry: Entry, { headers }: Overlay): void {
    const format = this.#environment.formats.get(entry.format);
    if (format === undefined) return;
    const hub = format.toHub(entry);
    hub.expiresAt = 0;
    for (const [name, value] of Object.entries(headers ?? {})) hub.headers.set(name, String(value));
    route.publish(format.fromHub(hub));
  }

  bury(log: Log, from: Offset, to: Offset): void {
    const { store } = this.#environment;
    const cursor = log.cursor();
    cursor.seek(from);
    for (; ; cursor.advance()) {
      const state = cursor.offset >= to ? END : cursor.read(this.#entry);
      if (state === END || this.#entry.offset >= to) {
        store.release(log, from, to);
        return;
      }
      if (state === COLD) {
        store.release(log, from, cursor.offset);
        this.#waiting.push({ log, from: cursor.offset, to });
        store.load(log, cursor.offset);
        return;
      }
      if (this.#entry.persistent) this.take(log, this.#entry, 'refused');
    }
  }

  retry(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    for (const { log, from, to } of waiting) this.bury(log, from, to);
  }
}

/** What lay over it before stays, where the new one says nothing else. */
function over(before: Overlay | null, overlay: Overlay): Overlay {
  return before === null ? overlay : { ...before, ...overlay, headers: { ...before.headers, ...overlay.headers } };
}
