/**
 * Relays: requests of administrators that the broker passes on to a client, and the client's answers on their way back.
 *
 *     admin ──request──▶ broker ──the same, with a number of ours──▶ client
 *     admin ◀──answer─── broker ◀──────────answer────────────────────┘         or a refusal when time is up
 */
import { copyOf } from '../../bytes/copy.ts';
import type { Clock } from '../../core/ports.ts';
import { type Schedule, Timer } from '../../core/schedule.ts';
import type { Command } from '../../wire/rocketmq/command.ts';
import { SERIALIZE } from '../../wire/rocketmq/constants.ts';
import { RESPONSE } from '../../wire/rocketmq/response-codes.ts';
import type { Fields, HeaderShape, WrittenFields } from '../../wire/rocketmq/schema.ts';
import type { Channel } from './channel.ts';
import type { Clients } from './clients.ts';
import { bodyAnswer, Reply, refusal } from './reply.ts';

const ANSWER_MS_MAX = 10_000;
const RELAYS_MAX = 10_000;

interface Relay {
  readonly channel: Channel;
  readonly timer: Timer;
  answer(reply: Reply): void;
}

export class Relays {
  readonly #clients: Clients;
  readonly #clock: Clock;
  readonly #schedule: Schedule;
  readonly #byOpaque = new Map<number, Relay>();

  constructor(clients: Clients, { clock, schedule }: { readonly clock: Clock; readonly schedule: Schedule }) {
    this.#clients = clients;
    this.#clock = clock;
    this.#schedule = schedule;
  }

  /** Asks the client; `answer` is called once, unless there is too much to relay already: then it is the refusal. */
  ask<S extends Fields>(
    channel: Channel,
    code: number,
    shape: HeaderShape<S>,
    fields: WrittenFields<S>,
    body: Uint8Array,
    answer: (reply: Reply) => void,
  ): Reply | null {
    if (this.#byOpaque.size >= RELAYS_MAX) return refusal(RESPONSE.SYSTEM_BUSY, 'too many clients are being asked');
    const opaque = this.#clients.nextOpaque();
    const timer = new Timer({
      due: () => this.#end(opaque, refusal(RESPONSE.SYSTEM_ERROR, 'the client did not answer in time')),
    });
    this.#byOpaque.set(opaque, { channel, timer, answer });
    this.#schedule.set(timer, this.#clock.now + ANSWER_MS_MAX);
    const { writer } = channel;
    writer.begin(SERIALIZE.JSON, code, 0, opaque, null, shape.room(fields));
    shape.write(writer, fields);
    writer.end(body.length);
    writer.out.append(body);
    channel.touch();
    return null;
  }

  /** A client answers, perhaps to a request of ours. */
  answered(channel: Channel, { opaque, code, remark, bytes, bodyStart, bodyEnd }: Command): void {
    if (this.#byOpaque.get(opaque)?.channel !== channel) return;
    const body = copyOf(bytes, bodyStart, bodyEnd);
    this.#end(opaque, code === RESPONSE.SUCCESS ? bodyAnswer(body) : new Reply<never>(code, remark, null, body));
  }

  gone(channel: Channel): void {
    for (const [opaque, relay] of this.#byOpaque) {
      if (relay.channel === channel) this.#end(opaque, refusal(RESPONSE.CONSUMER_NOT_ONLINE, 'the client has gone'));
    }
  }

  #end(opaque: number, reply: Reply): void {
    const relay = this.#byOpaque.get(opaque);
    if (relay === undefined) return;
    this.#byOpaque.delete(opaque);
    this.#schedule.cancel(relay.timer);
    relay.answer(reply);
  }
}
