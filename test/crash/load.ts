/**
 * The clients of a crash run: ordinary amqplib programs that publish with confirms, consume, acknowledge, give back and
 * forward, and write every step into the ledger at the moment they send it or hear of it.
 *
 *   jobs publishers ──► JOBS ──► workers ──ack, then a confirmed publish on the same channel──► DONE ──► getter
 *   fan publisher ────► FAN ──► FAN_A, FAN_B, FAN_VOLATILE ──► readers
 *   slow publisher ───► BACKLOG (one unconfirmed message at a time, bodies up to some frames) ──► one slow worker
 *
 * The load runs until the broker dies under it; nothing here is an error then.
 */
import amqp, { type Channel as AmqpChannel, type ChannelModel, type ConfirmChannel, type Message } from 'amqplib';
import { decodeBody, encodeBody } from './body.ts';
import { Channel, type Ledger, type MessageId, Reader } from './ledger.ts';
import type { Random } from './random.ts';
import {
  BACKLOG,
  type ComingAndGoing,
  DONE,
  declareVolatile,
  FAN,
  FAN_A,
  FAN_B,
  FAN_QUEUES,
  FAN_VOLATILE,
  JOBS,
} from './topology.ts';

/** Copies that the ledger lets a queue hold before its publishers wait. */
const QUEUE_COPIES_MAX = 4_000;

export async function connect(port: number): Promise<ChannelModel> {
  const connection = await amqp.connect(`amqp://guest:guest@127.0.0.1:${port}?heartbeat=0`);
  connection.on('error', () => {}); // the broker's death is what these clients live for
  return connection;
}

interface Route {
  readonly exchange: string;
  readonly key: string;
  readonly queues: readonly string[];
}
const toJobs: Route = { exchange: '', key: JOBS, queues: [JOBS] };
const toDone: Route = { exchange: '', key: DONE, queues: [DONE] };
const toBacklog: Route = { exchange: '', key: BACKLOG, queues: [BACKLOG] };
const toFan: Route = { exchange: FAN, key: '', queues: FAN_QUEUES };

/** A confirm channel with its place in the ledger: what is sent on it, in the order it is sent. */
class Sender {
  readonly channel: ConfirmChannel;
  readonly kept: Channel;
  unconfirmed = 0;
  private readonly publisher: string;
  private number = 0;

  constructor(channel: ConfirmChannel, publisher: string, ledger: Ledger) {
    this.channel = channel;
    this.publisher = publisher;
    this.kept = new Channel(ledger);
  }

  publish(route: Route, persistent: boolean, fillerBytes: number, confirmed?: () => void): void {
    this.number += 1;
    const id: MessageId = { publisher: this.publisher, number: this.number };
    this.kept.publish(id, route.queues, persistent);
    this.unconfirmed += 1;
    const body = encodeBody(id, fillerBytes);
    this.channel.publish(route.exchange, route.key, body, { persistent }, (error: unknown) => {
      if (error) return;
      this.unconfirmed -= 1;
      this.kept.confirm(id);
      confirmed?.();
    });
  }
}

export class Load {
  private readonly ledger: Ledger;
  private readonly random: Random;
  private readonly life: number;
  private readonly connections: ChannelModel[] = [];
  private readonly readers = new Set<Reader>();
  private readonly ends: Promise<void>[] = [];
  private names = 0;
  private over = false;
  /** Set once the broker has said connection.blocked; undefined again after connection.unblocked. */
  blocked: string | undefined;

  private constructor(ledger: Ledger, random: Random, life: number) {
    this.ledger = ledger;
    this.random = random;
    this.life = life;
  }

  static async start(
    port: number,
    ledger: Ledger,
    random: Random,
    life: number,
    queues: ComingAndGoing,
  ): Promise<Load> {
    const load = new Load(ledger, random, life);
    try {
      for (let n = 0; n < 3; n++) load.connections.push(await load.open(port));
      await load.startAll(queues);
    } catch (error) {
      await new Promise((resolve) => setTimeout(resolve, 500)); // a dead broker's connections close a moment later
      if (!load.over) throw error;
    }
    return load;
  }

  /** Resolves when every connection is gone and nothing more can reach the ledger. */
  async ended(): Promise<void> {
    await Promise.all(this.ends);
    this.over = true;
    for (const reader of this.readers) this.ledger.closed(reader);
  }

  /** Closes the clients in order, for a broker that is meant to live on. */
  async close(): Promise<void> {
    this.over = true;
    await Promise.all(this.connections.map((connection) => connection.close().catch(() => {})));
    await this.ended();
  }

  private async open(port: number): Promise<ChannelModel> {
    const connection = await connect(port);
    this.ends.push(new Promise((resolve) => connection.once('close', () => resolve())));
    connection.once('close', () => {
      this.over = true;
    });
    connection.on('blocked', (reason: string) => {
      this.blocked = reason;
    });
    connection.on('unblocked', () => {
      this.blocked = undefined;
    });
    return connection;
  }

  private async startAll(queues: ComingAndGoing): Promise<void> {
    const [publishing, working, reading] = this.connections as [ChannelModel, ChannelModel, ChannelModel];
    const definitions = await publishing.createChannel();
    definitions.on('error', () => {});
    await declareVolatile(definitions);
    for (let n = 0; n < 3; n++) await this.work(working, JOBS, toDone, 0);
    await this.work(reading, FAN_A, toBacklog, 0);
    await this.work(reading, FAN_B, toBacklog, 2);
    await this.work(reading, FAN_VOLATILE, toDone, 0);
    await this.work(working, BACKLOG, toDone, 10);
    await this.get(reading, DONE, toBacklog);
    // Now and then whole files fill, so that reclaim is under way at the kill.
    const heavy = this.random.chance(0.25) ? 40 : 1;
    await this.pour(publishing, toJobs, this.random.between(50, 500), 2_000 * heavy);
    await this.pour(publishing, toJobs, this.random.between(1, 50), 300);
    await this.pour(publishing, toFan, this.random.between(20, 300), 2_000 * heavy);
    await this.pour(reading, toBacklog, 1, 300_000);
    void this.define(definitions, queues);
  }

  private async sender(connection: ChannelModel, role: string): Promise<Sender> {
    const channel = await connection.createConfirmChannel();
    channel.on('error', () => {});
    this.names += 1;
    return new Sender(channel, `${role}-${this.life}-${this.names}`, this.ledger);
  }

  /** Publishes as fast as the window and the queues' bounds let it. */
  private async pour(connection: ChannelModel, route: Route, window: number, fillerMax: number): Promise<void> {
    const sender = await this.sender(connection, 'p');
    const random = this.random.fork();
    const step = (): void => {
      if (this.over) return;
      const full = route.queues.some((queue) => this.ledger.depth(queue) > QUEUE_COPIES_MAX);
      for (let n = 0; n < 16 && !full && sender.unconfirmed < window; n++) {
        sender.publish(route, random.chance(0.9), fillerBytes(random, fillerMax));
      }
      if (full || sender.unconfirmed >= window) setTimeout(step, 1);
      else setImmediate(step);
    };
    step();
  }

  /**
   * Consumes and settles, mostly by acks, one by one or several at once, some after a while, some given back; now and
   * then publishes on the same channel, whose confirm secures the acks before it; now and then drops the channel with
   * messages in hand and starts anew.
   */
  private async work(connection: ChannelModel, queue: string, forward: Route, pauseMs: number): Promise<void> {
    const random = this.random.fork();
    const sender = await this.sender(connection, 'w');
    const reader = this.reader();
    const held: { tag: number; id: MessageId }[] = [];
    await sender.channel.prefetch(random.between(1, 200));

    const settle = (): void => {
      if (this.over || held.length === 0 || !this.readers.has(reader)) return;
      const kind = random.next();
      if (kind < 0.2 && queue !== FAN_B) {
        const { tag, id } = held.splice(random.between(0, held.length - 1), 1)[0]!;
        this.ledger.returned(reader, queue, id);
        if (random.chance(0.5)) sender.channel.nack({ fields: { deliveryTag: tag } } as Message, false, true);
        else sender.channel.reject({ fields: { deliveryTag: tag } } as Message, true);
        return;
      }
      const several = kind < 0.4;
      const taken = several ? held.splice(0, random.between(1, held.length)) : held.splice(0, 1);
      for (const { id } of taken) sender.kept.ack(reader, queue, id);
      sender.channel.ack({ fields: { deliveryTag: taken.at(-1)!.tag } } as Message, several);
      if (this.forwards(forward, random)) sender.publish(forward, random.chance(0.9), fillerBytes(random, 300));
    };

    const onMessage = (message: Message | null): void => {
      if (message === null || this.over || !this.readers.has(reader)) return;
      const id = this.receive(reader, queue, message);
      if (id === undefined) return;
      held.push({ tag: message.fields.deliveryTag, id });
      if (pauseMs === 0 && random.chance(0.95)) settle();
      if (random.chance(0.0005))
        void this.restart(reader, sender, () => this.work(connection, queue, forward, pauseMs));
    };
    await sender.channel.consume(queue, onMessage);
    // All that a slow worker does, and for the others what chance left lying, lest it fill their prefetch for good.
    const sweep = setInterval(
      () => (this.over || !this.readers.has(reader) ? clearInterval(sweep) : settle()),
      pauseMs || 10,
    );
  }

  private async restart(reader: Reader, sender: Sender, again: () => Promise<void>): Promise<void> {
    this.readers.delete(reader);
    this.ledger.closed(reader);
    try {
      await sender.channel.close();
      await again();
    } catch (error) {
      if (!this.over) this.ledger.report(`a channel could not be closed and opened again: ${String(error)}`);
    }
  }

  /** basic.get, ack, and a publish now and then. */
  private async get(connection: ChannelModel, queue: string, forward: Route): Promise<void> {
    const random = this.random.fork();
    const sender = await this.sender(connection, 'g');
    const reader = this.reader();
    const step = async (): Promise<void> => {
      while (!this.over) {
        const message = await sender.channel.get(queue);
        if (message === false) {
          await new Promise((resolve) => setTimeout(resolve, 5));
          continue;
        }
        const id = this.receive(reader, queue, message);
        if (id === undefined) continue;
        if (random.chance(0.1)) {
          this.ledger.returned(reader, queue, id);
          sender.channel.nack(message, false, true);
        } else {
          sender.kept.ack(reader, queue, id);
          sender.channel.ack(message);
        }
        if (this.forwards(forward, random)) sender.publish(forward, true, fillerBytes(random, 300));
      }
    };
    step().catch((error: unknown) => this.unlessOver(error));
  }

  private async define(channel: AmqpChannel, queues: ComingAndGoing): Promise<void> {
    try {
      while (!this.over) {
        await queues.change(channel, this.random);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    } catch (error) {
      this.unlessOver(error);
    }
  }

  /** Whether a settle is followed by a publish on its channel: seldom when that would only pile up. */
  private forwards(route: Route, random: Random): boolean {
    const full = route.queues.some((queue) => this.ledger.depth(queue) > QUEUE_COPIES_MAX);
    return random.chance(full ? 0.005 : 0.1);
  }

  private reader(): Reader {
    const reader = new Reader();
    this.readers.add(reader);
    return reader;
  }

  private receive(reader: Reader, queue: string, message: Message): MessageId | undefined {
    const id = decodeBody(message.content);
    if (id === undefined) this.ledger.report(`a body from ${queue} is not what was published`);
    else this.ledger.delivered(reader, queue, id, !message.fields.redelivered);
    return id;
  }

  /** A request that failed because the broker died is part of the game; it dies before its connection says so. */
  private unlessOver(error: unknown): void {
    setTimeout(() => {
      if (!this.over) this.ledger.report(`a client failed: ${String(error)}`);
    }, 500).unref();
  }
}

/** Mostly small, sometimes up to the maximum; nothing at all now and then. */
function fillerBytes(random: Random, max: number): number {
  const kind = random.next();
  if (kind < 0.05) return 0;
  return kind < 0.9 ? random.between(1, Math.min(max, 200)) : random.between(1, max);
}
