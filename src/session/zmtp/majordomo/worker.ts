/**
 * Worker: a peer that has said READY for a service: a consumer of the service's queue with one request at a time.
 *
 *     READY ─▶ idle ──REQUEST──▶ busy ──FINAL──▶ idle        the reply settles the request
 *                └── silent ──▶ gone  └── connection lost, DISCONNECT ──▶ gone: the request goes to another worker
 *
 * An idle worker has to send heartbeats (RFC 7). A busy one may be a single thread that can't: whether it is still
 * there is told by its connection, whose own heartbeats ZMTP answers without the program.
 */

import { sameBytes } from '../../../bytes/copy.ts';
import { Consumer } from '../../../core/consumer.ts';
import type { Ledger } from '../../../core/ledger.ts';
import type { Entry } from '../../../core/message.ts';
import type { Queue } from '../../../core/queue.ts';
import { Timer } from '../../../core/schedule.ts';
import type { Peer } from '../role.ts';
import { writeEntry, writeFrame } from '../writing.ts';
import { Assignment } from './assignment.ts';
import type { Clients } from './clients.ts';
import { type Dialect, toWorker, type WorkerCommand } from './dialect.ts';

export const WORKER_HEARTBEAT_MS = 2_500;
/** So many intervals of silence, and an idle worker is gone. */
const LIVENESS = 4;
const EMPTY = new Uint8Array(0);

export class Worker {
  readonly dialect: Dialect;
  readonly #peer: Peer;
  readonly #clients: Clients;
  readonly #service: string;
  readonly #ledger: Ledger;
  readonly #consumer: Consumer;
  readonly #onExpired: () => void;
  readonly #timer = new Timer({ due: (now) => this.#beat(now) });
  #assignment: Assignment | null = null;
  #heardAt: number;

  constructor(peer: Peer, clients: Clients, queue: Queue, dialect: Dialect, onExpired: () => void) {
    const { broker } = peer.node;
    this.dialect = dialect;
    this.#peer = peer;
    this.#clients = clients;
    this.#service = queue.name;
    this.#onExpired = onExpired;
    this.#heardAt = broker.clock.now;
    this.#ledger = broker.ledger();
    this.#consumer = new Consumer(peer, this.#ledger, { limit: 1 });
    queue.attach(this.#consumer);
    broker.schedule.set(this.#timer, broker.clock.now + WORKER_HEARTBEAT_MS);
  }

  heard(): void {
    this.#heardAt = this.#peer.node.broker.clock.now;
  }

  tell(command: WorkerCommand): void {
    this.#peer.send(toWorker(this.dialect, command));
  }

  give(entry: Entry, tag: number): void {
    const { out, node } = this.#peer;
    const assignment = new Assignment(node, this.#service, entry, tag);
    this.#assignment = assignment;
    for (const frame of toWorker(this.dialect, 'REQUEST')) writeFrame(out, frame, true);
    writeFrame(out, assignment.address, true);
    writeFrame(out, EMPTY, true);
    writeEntry(out, entry, node.broker.formats);
  }

  /** What the worker says to a request: `frames[at]` is the client's address. False if that breaks the protocol. */
  reply(isFinal: boolean, frames: readonly Buffer[], at: number): boolean {
    const [address, delimiter] = [frames[at], frames[at + 1]];
    if (address === undefined || delimiter?.length !== 0 || at + 2 >= frames.length) return false;
    const assignment = this.#assignment;
    // A request that it was given in an earlier life, and that another worker has by now.
    if (assignment === null || !isFor(assignment, address)) return true;
    const body = frames.slice(at + 2);
    if (!isFinal) return assignment.partial(this.#clients, body);
    this.#assignment = null;
    assignment.final(this.#peer.node, this.#clients, body);
    this.#ledger.settle(assignment.tag);
    return true;
  }

  /** What it has not replied to goes back into the queue. */
  end(): void {
    this.#assignment = null;
    this.#peer.node.broker.schedule.cancel(this.#timer);
    this.#consumer.cancel();
    this.#ledger.giveBackAll();
  }

  #beat(now: number): void {
    if (this.#assignment === null && now - this.#heardAt >= LIVENESS * WORKER_HEARTBEAT_MS) return this.#onExpired();
    this.tell('HEARTBEAT');
    this.#peer.node.broker.schedule.set(this.#timer, now + WORKER_HEARTBEAT_MS);
  }
}

function isFor({ address }: Assignment, named: Uint8Array): boolean {
  return address.length === named.length && sameBytes(address, 0, named, 0, named.length);
}
