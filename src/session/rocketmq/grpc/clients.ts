/**
 * Clients: who is there, by client id, and what he said of himself.
 *
 *   settings, heartbeat ──▶ known ──terminated, or silent without a stream──▶ gone: what was renewed for it returns
 *
 * One timer looks after all. A client is known by its id alone: it may come by several connections.
 */
import type { Clock } from '../../../core/ports.ts';
import { type Schedule, Timer } from '../../../core/schedule.ts';
import type { Sharing } from '../../../core/sharing.ts';
import { CODE } from '../../../wire/rocketmq/v2/codes.ts';
import type { Settings, TelemetryCommand } from '../../../wire/rocketmq/v2/shapes.ts';
import { grpcLimits } from './limits.ts';
import { Refusal } from './refusal.ts';

/** Where a client can be told something. */
export interface Stream {
  send(command: TelemetryCommand): void;
}

export class Client {
  readonly id: string;
  /** For the core: who holds a message. Never 0, never given twice. */
  readonly number: number;
  settings: Settings | null = null;
  /** null: it is no consumer. */
  group: string | null = null;
  stream: Stream | null = null;
  lastSeen = 0;
  /** What it holds by renewal. */
  readonly sharings = new Set<Sharing>();
  receives = 0;
  gone = false;

  constructor(id: string, number: number) {
    this.id = id;
    this.number = number;
  }
}

export class Clients {
  readonly byId = new Map<string, Client>();
  readonly #clock: Clock;
  readonly #schedule: Schedule;
  readonly #onGroupLeft: (group: string) => void;
  readonly #timer = new Timer({ due: (now) => this.#look(now) });
  #numbers = 0;

  /** `onGroupLeft`: the last client of a group is gone. */
  constructor(clock: Clock, schedule: Schedule, onGroupLeft: (group: string) => void) {
    this.#clock = clock;
    this.#schedule = schedule;
    this.#onGroupLeft = onGroupLeft;
  }

  /** The client of that id, which is there. */
  seen(id: string): Client {
    let client = this.byId.get(id);
    if (client === undefined) {
      if (this.byId.size >= grpcLimits.clientsMax) throw new Refusal(CODE.TOO_MANY_REQUESTS, 'too many clients');
      client = new Client(id, ++this.#numbers);
      this.byId.set(id, client);
      if (!this.#timer.set) this.#schedule.set(this.#timer, this.#clock.now + grpcLimits.clientCheckMs);
    }
    client.lastSeen = this.#clock.now;
    return client;
  }

  /** The others come before it from now on. */
  moveToEnd(client: Client): void {
    this.byId.delete(client.id);
    this.byId.set(client.id, client);
  }

  remove(client: Client): void {
    if (client.gone) return;
    client.gone = true;
    this.byId.delete(client.id);
    for (const sharing of client.sharings) sharing.letGo(client.number);
    const { group } = client;
    if (group === null) return;
    for (const other of this.byId.values()) if (other.group === group) return;
    this.#onGroupLeft(group);
  }

  #look(now: number): void {
    for (const client of this.byId.values()) {
      const isSilent = now - client.lastSeen > grpcLimits.clientSilentMs;
      if (isSilent && client.stream === null && client.receives === 0) this.remove(client);
    }
    if (this.byId.size > 0) this.#schedule.set(this.#timer, now + grpcLimits.clientCheckMs);
  }
}
