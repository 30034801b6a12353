/**
 * The default ROUTER: every peer may be a Majordomo client, a worker, or both. What is not Majordomo is passed over, as
 * RFC 7 has it: there is nobody to tell.
 */
import type { Consumer } from '../../../core/consumer.ts';
import { CoreError } from '../../../core/errors.ts';
import type { Entry } from '../../../core/message.ts';
import type { Peer as WirePeer } from '../../../wire/zmtp/handshake.ts';
import type { Port } from '../connection.ts';
import type { ZmtpNode } from '../node.ts';
import { type Peer, QuietRole } from '../role.ts';
import { Clients } from './clients.ts';
import { CLIENT_REQUEST, commandOf, type Dialect, openingOf, toClient, toWorker } from './dialect.ts';
import { Services } from './services.ts';
import { Worker } from './worker.ts';

/** Of an identity that we give: a zero, which no peer's own begins with, and this many that can't be guessed. */
const GIVEN_BYTES = 16;

export function majordomoPort(node: ZmtpNode): Port {
  const services = new Services(node);
  const clients = new Clients(node);
  return { socketType: 'ROUTER', peers: 0, role: (peer) => new MajordomoPeer(peer, services, clients) };
}

class MajordomoPeer extends QuietRole {
  readonly #peer: Peer;
  readonly #services: Services;
  readonly #clients: Clients;
  #identity: Uint8Array = new Uint8Array(0);
  /** By dialect: what is stored with a request. */
  readonly #requesters = new Map<Dialect, Uint8Array>();
  #worker: Worker | null = null;

  constructor(peer: Peer, services: Services, clients: Clients) {
    super();
    this.#peer = peer;
    this.#services = services;
    this.#clients = clients;
  }

  override ready({ identity }: WirePeer): void {
    const isOwn = identity.length > 0 && identity[0] !== 0;
    this.#identity = isOwn ? identity : Buffer.concat([Buffer.of(0), this.#peer.node.randomBytes(GIVEN_BYTES)]);
    this.#clients.enter(this.#identity, this.#peer);
  }

  override message(frames: Buffer[]): void {
    const opening = openingOf(frames);
    if (opening === null) return;
    const { isWorker, dialect, at } = opening;
    try {
      if (isWorker) this.#fromWorker(dialect, frames, at);
      else this.#fromClient(dialect, frames, at);
    } catch (error) {
      if (!(error instanceof CoreError)) throw error;
    }
  }

  override deliver(_consumer: Consumer, entry: Entry, tag: number): void {
    this.#worker?.give(entry, tag);
  }

  /** The service's queue was deleted. */
  override cancelled(): void {
    this.#dismiss();
  }

  override ended(): void {
    this.#worker?.end();
    this.#worker = null;
    this.#clients.leave(this.#identity, this.#peer);
  }

  #fromClient(dialect: Dialect, frames: readonly Buffer[], at: number): void {
    if (dialect.version === 2) {
      const command = frames[at++];
      if (command?.length !== 1 || command[0] !== CLIENT_REQUEST) return;
    }
    const service = frames[at]?.toString();
    const body = frames[at + 1];
    if (service === undefined || body === undefined) return;
    const status = this.#services.ownReply(service, body.toString());
    if (status !== null) this.#peer.send([...toClient(dialect, true, service), status]);
    else this.#services.request(service, this.#requester(dialect), frames, at + 1);
  }

  #fromWorker(dialect: Dialect, frames: readonly Buffer[], at: number): void {
    const command = commandOf(dialect, frames[at]);
    const worker = this.#worker;
    worker?.heard();
    if (command === 'READY') {
      this.#hire(dialect, frames[at + 1]?.toString() ?? '');
    } else if (command === 'DISCONNECT') {
      worker?.end();
      this.#worker = null;
    } else if (worker === null || worker.dialect !== dialect) {
      // It thinks that it works here: it is told otherwise, and comes again with READY.
      this.#peer.send(toWorker(dialect, 'DISCONNECT'));
    } else if (command === 'PARTIAL' || command === 'FINAL') {
      if (!worker.reply(command === 'FINAL', frames, at + 1)) this.#dismiss();
    } else if (command !== 'HEARTBEAT') {
      this.#dismiss();
    }
  }

  #hire(dialect: Dialect, service: string): void {
    this.#worker?.end();
    this.#worker = null;
    const queue = this.#services.queue(service);
    if (queue === null) return this.#peer.send(toWorker(dialect, 'DISCONNECT'));
    this.#worker = new Worker(this.#peer, this.#clients, queue, dialect, () => this.#dismiss());
  }

  #dismiss(): void {
    const worker = this.#worker;
    if (worker === null) return;
    this.#worker = null;
    worker.end();
    worker.tell('DISCONNECT');
  }

  #requester(dialect: Dialect): Uint8Array {
    let requester = this.#requesters.get(dialect);
    if (requester === undefined) {
      requester = Buffer.concat([Buffer.of(dialect.code), this.#identity]);
      this.#requesters.set(dialect, requester);
    }
    return requester;
  }
}
