/**
 * Distribution: a PUSH endpoint. Every message of a queue goes to one of its peers, in turn.
 *
 * ZMTP has no acknowledgements: a message is settled when it is handed to the socket, and what a peer had not read when
 * it died is lost. So little is handed over at a time. Who can't afford that uses Majordomo.
 */
import { Consumer } from '../../core/consumer.ts';
import { CoreError } from '../../core/errors.ts';
import type { Entry } from '../../core/message.ts';
import { zmtpLimits } from './limits.ts';
import { queueOf } from './node.ts';
import { type Peer, QuietRole } from './role.ts';
import { writeEntry } from './writing.ts';

export class Distribution extends QuietRole {
  readonly #peer: Peer;
  readonly #queue: string;
  #consumer: Consumer | null = null;

  constructor(peer: Peer, queue: string) {
    super();
    this.#peer = peer;
    this.#queue = queue;
  }

  override get writable(): boolean {
    return this.#peer.unsentBytes < zmtpLimits.pushBytesMax;
  }

  override ready(): void {
    const { broker } = this.#peer.node;
    this.#consumer = new Consumer(this.#peer, broker.ledger(), { autoSettle: true });
    try {
      queueOf(this.#peer.node, this.#queue).attach(this.#consumer);
    } catch (error) {
      if (!(error instanceof CoreError)) throw error;
      // Somebody has the queue for himself. The peer comes again, and by then perhaps he has gone.
      this.#peer.close();
    }
  }

  override deliver(_consumer: Consumer, entry: Entry): void {
    writeEntry(this.#peer.out, entry, this.#peer.node.broker.formats);
  }

  override cancelled(): void {
    this.#peer.close();
  }

  override drained(): void {
    if (this.writable) this.#consumer?.wake();
  }

  override ended(): void {
    this.#consumer?.cancel();
  }
}
