/**
 * RocketmqConnection: one client of RocketMQ's remoting protocol, as a state machine without a socket. Name server and
 * broker are one here: whatever the port, all requests are answered.
 *
 *   listener ──receive(chunk)──▶ framer ──▶ command ──▶ operation ──▶ core
 *   listener ◀──outbox.write──── answers: at once, or when they are durable (ConfirmedAnswers)
 *
 * Requests have numbers and are answered in any order. When the client does not take what it asked for, or the store
 * takes no more messages, a request is *held*: a copy of it is kept, and the socket is not read, until it may run.
 *
 * A frame that can't be cut or whose header can't be read ends the connection, as in RocketMQ; whatever else is wrong
 * is answered. `receive` never throws.
 */
import { copyOf } from '../../bytes/copy.ts';
import type { Outbox } from '../../bytes/outbox.ts';
import { SlabWriter } from '../../bytes/slab-writer.ts';
import { CoreError } from '../../core/errors.ts';
import { Timer } from '../../core/schedule.ts';
import { writePlainAnswer } from '../../wire/rocketmq/answers.ts';
import { Command } from '../../wire/rocketmq/command.ts';
import { CommandWriter } from '../../wire/rocketmq/command-writer.ts';
import { Framer } from '../../wire/rocketmq/framer.ts';
import { type Host, hostOf, hostText, NO_HOST } from '../../wire/rocketmq/host.ts';
import { RESPONSE } from '../../wire/rocketmq/response-codes.ts';
import { RocketmqWireError } from '../../wire/rocketmq/wire-error.ts';
import { ConfirmedAnswers } from './confirmed-answers.ts';
import { refusalOf } from './errors.ts';
import type { RocketmqNode } from './node.ts';
import { operationOf } from './operations.ts';
import type { Peer, Waiting } from './peer.ts';
import { QueueReaders } from './queue-reader.ts';
import { type Reply, refusal } from './reply.ts';

/** A connection over which nothing comes so long is closed. */
const IDLE_MS_MAX = 120_000;
const LOOK_AGAIN_MS = 20;
/** Requests of one connection that wait for a commit, and pulls that wait for messages. */
const WAITING_CALLS_MAX = 4_096;
const HELD_PULLS_MAX = 8_192;
const CONFIRMED_BYTES_MAX = 1024 * 1024;

export interface RocketmqConnectionOptions {
  readonly node: RocketmqNode;
  readonly outbox: Outbox;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
}

export class RocketmqConnection implements Peer {
  dirty = false;
  readonly node: RocketmqNode;
  readonly remote: string;
  readonly remoteAddress: string;
  readonly host: string;
  readonly bornHost: Host;
  readonly storeHost: Host;
  readonly writer: CommandWriter;
  readonly confirmed: ConfirmedAnswers;
  readonly readers: QueueReaders;
  closed = false;
  waitingCalls = 0;

  readonly #outbox: Outbox;
  readonly #slab: SlabWriter;
  readonly #framer = new Framer();
  readonly #command = new Command();
  /** A request that waits for its turn, and what came behind it. */
  #held: Uint8Array | null = null;
  readonly #backlog: Uint8Array[] = [];
  readonly #pulls = new Set<Waiting>();
  /** Pulls for which there may be something. */
  readonly #woken = new Set<Waiting>();
  readonly #next = new Set<Waiting>();
  #paused = false;
  #closing = false;
  #receivedAt: number;
  readonly #idle = new Timer({ due: (now) => this.#checkIdle(now) });
  readonly #again = new Timer({ due: () => this.#lookAgain() });

  constructor({ node, outbox, remoteAddress, remotePort, localAddress }: RocketmqConnectionOptions) {
    const { store, formats, clock, schedule } = node.broker;
    this.node = node;
    this.remoteAddress = remoteAddress;
    this.bornHost = hostOf(remoteAddress, remotePort) ?? NO_HOST;
    this.remote = hostText(this.bornHost);
    this.host = node.options.advertise ?? localAddress;
    this.storeHost =
      hostOf(this.host, node.options.brokerPort) ?? hostOf(localAddress, node.options.brokerPort) ?? NO_HOST;
    this.#outbox = outbox;
    this.#slab = new SlabWriter(outbox);
    this.writer = new CommandWriter(this.#slab);
    this.confirmed = new ConfirmedAnswers(store, outbox);
    this.readers = new QueueReaders(store, formats);
    this.#receivedAt = clock.now;
    schedule.set(this.#idle, clock.now + IDLE_MS_MAX);
  }

  // ── The listener's side ──

  receive(chunk: Uint8Array): void {
    if (this.#closing) return;
    this.#receivedAt = this.node.broker.clock.now;
    if (this.#held !== null) this.#backlog.push(copyOf(chunk));
    else this.#consume(chunk);
  }

  drained(): void {
    if (!this.closed) this.touch();
  }

  ended(): void {
    this.#end();
  }

  /** RocketMQ knows no farewell: what is answered is sent. */
  shutdown(): void {
    this.close();
  }

  // ── The operations' side ──

  touch(): void {
    if (!this.dirty && !this.closed) this.node.broker.touch(this);
  }

  close(): void {
    this.#closing = true;
    this.#held = null;
    this.#backlog.length = 0;
    this.touch();
  }

  hold(waiting: Waiting): boolean {
    if (this.#pulls.size >= HELD_PULLS_MAX) return false;
    this.#pulls.add(waiting);
    return true;
  }

  release(waiting: Waiting): void {
    this.#pulls.delete(waiting);
    this.#woken.delete(waiting);
    this.#next.delete(waiting);
  }

  wake(waiting: Waiting): void {
    this.#woken.add(waiting);
    this.touch();
  }

  wakeNext(waiting: Waiting): void {
    const { schedule, clock } = this.node.broker;
    this.#next.add(waiting);
    schedule.set(this.#again, clock.now);
  }

  // ── The core's sink ──

  get writable(): boolean {
    return this.#outbox.pendingBytes <= this.node.broker.limits.outboundBytesMax;
  }

  deliver(): void {}
  empty(): void {}
  cancelled(): void {}

  /** The end of a turn: pulls that can go on do, what was held has its turn, and what is answered goes out. */
  flush(): void {
    if (this.closed) return;
    try {
      for (const waiting of this.#woken) {
        if (!this.writable) break;
        this.#woken.delete(waiting);
        waiting.goOn();
      }
      this.#goOn();
      this.confirmed.settle();
      this.#slab.flush();
    } catch (error) {
      this.node.options.onFault(error);
      this.#closing = true;
    }
    if (!this.#closing) return;
    this.#end();
    this.#outbox.close();
  }

  // ── Requests ──

  #consume(chunk: Uint8Array): void {
    const framer = this.#framer;
    framer.push(chunk);
    while (!this.#closing && framer.next()) {
      const { bytes, start, end } = framer;
      if (this.#request(bytes, start, end)) continue;
      this.#hold(copyOf(bytes, start, end), framer.rest());
      break;
    }
    framer.letGo();
    if (framer.fault !== null) this.close();
  }

  /** False: not yet. */
  #request(bytes: Uint8Array, start: number, end: number): boolean {
    const command = this.#command;
    try {
      command.read(bytes, start, end);
    } catch (error) {
      if (!(error instanceof RocketmqWireError)) this.node.options.onFault(error);
      this.close();
      return true;
    }
    if (command.isResponse) {
      this.node.relays.answered(this, command);
      return true;
    }
    const operation = operationOf(command.code);
    if (!this.#mayRun(operation?.publishes ?? false)) return false;
    if (!this.node.options.letsIn(this.remoteAddress)) {
      this.#answer(refusal(RESPONSE.NO_PERMISSION, 'who comes from there has to say who he is'));
    } else if (operation === undefined) {
      this.#answer(refusal(RESPONSE.REQUEST_CODE_NOT_SUPPORTED, `request type ${command.code} not supported`));
    } else {
      try {
        operation.run(this, command);
      } catch (error) {
        this.#answer(this.#refusalOf(error));
      }
    }
    return true;
  }

  #answer({ code, remark }: Reply): void {
    if (this.#command.isOneway || this.closed) return;
    writePlainAnswer(this.writer, this.#command, code, remark);
    this.touch();
  }

  #refusalOf(error: unknown): Reply {
    if (error instanceof RocketmqWireError) return refusal(error.code, error.message);
    if (error instanceof CoreError) return refusalOf(error);
    this.node.options.onFault(error);
    return refusal(RESPONSE.SYSTEM_ERROR, 'the broker failed');
  }

  #mayRun(publishes: boolean): boolean {
    const { broker } = this.node;
    if (!this.writable || this.waitingCalls >= WAITING_CALLS_MAX) return false;
    if (this.confirmed.pendingBytes > CONFIRMED_BYTES_MAX || (publishes && broker.store.pressure === 'memory')) {
      broker.schedule.set(this.#again, broker.clock.now + LOOK_AGAIN_MS);
      return false;
    }
    return true;
  }

  // ── Holding ──

  #hold(request: Uint8Array, rest: Uint8Array | null): void {
    this.#held = request;
    if (rest !== null) this.#backlog.unshift(rest);
    if (this.#paused) return;
    this.#paused = true;
    this.#outbox.pause();
  }

  /** Runs what was held, as far as it may. */
  #goOn(): void {
    const held = this.#held;
    if (held === null || this.#closing) return;
    this.#held = null;
    if (!this.#request(held, 0, held.length)) {
      this.#held = held;
      return;
    }
    while (this.#held === null && !this.#closing) {
      const chunk = this.#backlog.shift();
      if (chunk === undefined) break;
      this.#consume(chunk);
    }
    if (this.#held !== null || !this.#paused) return;
    this.#paused = false;
    this.#outbox.resume();
  }

  #lookAgain(): void {
    for (const waiting of this.#next) this.#woken.add(waiting);
    this.#next.clear();
    this.touch();
  }

  // ── The end ──

  #checkIdle(now: number): void {
    const due = this.#receivedAt + IDLE_MS_MAX;
    if (now >= due) this.close();
    else this.node.broker.schedule.set(this.#idle, due);
  }

  #end(): void {
    if (this.closed) return;
    this.closed = true;
    this.#closing = true;
    this.#held = null;
    this.#backlog.length = 0;
    const { schedule } = this.node.broker;
    schedule.cancel(this.#idle);
    schedule.cancel(this.#again);
    for (const waiting of [...this.#pulls]) waiting.abandon();
    this.#woken.clear();
    this.#slab.flush();
    this.confirmed.abandon();
    this.node.clients.drop(this);
    this.node.relays.gone(this);
  }
}
