/**
 * Clients: who is there to be replied to, by identity; and the way for replies that come from no Majordomo worker.
 *
 * A service's queue may be read by anybody. To an AMQP consumer a client's request says `reply-to: zmq.replies` and a
 * correlation id; what it publishes there, with that id, goes to the client as the service's reply. The queue is the
 * broker's own and transient: a client that is gone gets no reply.
 *
 * A peer with the identity of another one takes its place, as a ROUTER with handover has it: it is the same client,
 * whose old connection is not known to be dead yet.
 */
import { copyOf } from '../../../bytes/copy.ts';
import { Consumer, type Sink } from '../../../core/consumer.ts';
import { CoreError } from '../../../core/errors.ts';
import type { Entry } from '../../../core/message.ts';
import { framesOf, REPLIES_QUEUE, requesterIn } from '../message-format.ts';
import type { ZmtpNode } from '../node.ts';
import type { Peer } from '../role.ts';
import { dialectOf, toClient } from './dialect.ts';

export class Clients implements Sink {
  dirty = false;
  readonly writable = true;
  readonly #node: ZmtpNode;
  readonly #byIdentity = new Map<string, Peer>();

  constructor(node: ZmtpNode) {
    this.#node = node;
    const { broker, namespace } = node;
    try {
      const queue = namespace.declareQueue({ name: REPLIES_QUEUE, exclusive: true }, this);
      queue.attach(new Consumer(this, broker.ledger(), { autoSettle: true }));
    } catch (error) {
      // Somebody has a queue of that name; then there are no replies over other protocols.
      if (!(error instanceof CoreError)) throw error;
    }
  }

  enter(identity: Uint8Array, peer: Peer): void {
    const name = nameOf(identity);
    const former = this.#byIdentity.get(name);
    this.#byIdentity.set(name, peer);
    former?.close();
  }

  leave(identity: Uint8Array, peer: Peer): void {
    const name = nameOf(identity);
    if (this.#byIdentity.get(name) === peer) this.#byIdentity.delete(name);
  }

  /** `requester` is a dialect and an identity, as stored with a request. Nothing happens if it is not there. */
  reply(requester: Uint8Array, isFinal: boolean, service: string, frames: readonly Uint8Array[]): void {
    const dialect = dialectOf(requester[0] ?? 0);
    if (dialect === undefined) return;
    const peer = this.#byIdentity.get(nameOf(requester.subarray(1)));
    peer?.send([...toClient(dialect, isFinal, service), ...frames]);
  }

  // ── The sink of the queue of replies ──

  deliver(_consumer: Consumer, entry: Entry): void {
    const hub = this.#node.broker.formats.get(entry.format)?.toHub(entry);
    const wanted = requesterIn(hub?.correlationId ?? null);
    if (hub === undefined || wanted === null) return;
    // Copies, because large frames go to the socket as they are, after this call.
    const frames = framesOf(hub).map((frame) => copyOf(frame));
    this.reply(wanted.requester, true, wanted.service, frames);
  }

  empty(): void {}
  cancelled(): void {}
  flush(): void {}
}

function nameOf(identity: Uint8Array): string {
  return Buffer.from(identity.buffer, identity.byteOffset, identity.length).toString('latin1');
}
