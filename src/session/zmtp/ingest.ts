/**
 * Ingest: endpoints whose peers send messages to be stored.
 *
 *     PULL, SUB   nothing is answered: what was read is stored, what nobody takes is dropped, as AMQP does with it
 *     REP         [envelope ...][empty][frames ...]   ->   [envelope ...][empty][status]
 *     ROUTER      [empty][frames ...] (of a REQ)      ->   [empty][status]
 *                 [frames ...] (of a DEALER)          ->   [status]
 *
 * The status is `200` once the message is durable: on the disk, as far as the broker is told to care. Otherwise it is
 * the number of a refusal, with a frame of text behind it. Answers come in the order of the requests.
 */

import { subscriptionCommand, subscriptionMessage } from '../../wire/zmtp/command.ts';
import type { Peer as WirePeer } from '../../wire/zmtp/handshake.ts';
import { Answers } from './answers.ts';
import { type Destination, TRANSIENT, UNROUTABLE } from './destination.ts';
import { NO_ROUTE, OK, refusalOf } from './errors.ts';
import { zmtpLimits } from './limits.ts';
import { type Peer, QuietRole } from './role.ts';
import { wireOf } from './stored-message.ts';

const EVERYTHING = new Uint8Array(0);

/** PULL and SUB. */
export class Intake extends QuietRole {
  readonly #peer: Peer;
  readonly #destination: Destination;

  constructor(peer: Peer, destination: Destination) {
    super();
    this.#peer = peer;
    this.#destination = destination;
  }

  override ready({ socketType, minor }: WirePeer): void {
    if (socketType !== 'PUB' && socketType !== 'XPUB') return;
    this.#peer.sendCommand(minor === 1 ? subscriptionCommand(true, EVERYTHING) : subscriptionMessage(true, EVERYTHING));
  }

  override message(frames: Buffer[]): void {
    this.#destination.publish(frames);
  }
}

const EMPTY = Buffer.alloc(0);
const OK_FRAME = Buffer.from(OK);
const OK_BARE = wireOf([OK_FRAME]);
/** What nearly every request is answered with. */
const OK_BEHIND_EMPTY = wireOf([EMPTY, OK_FRAME]);

/** REP and ROUTER. */
export class ConfirmedIntake extends QuietRole {
  readonly #destination: Destination;
  readonly #answers: Answers;
  readonly #wholeEnvelope: boolean;

  /** `wholeEnvelope`: everything up to the first empty frame is the sender's, as REP has it. */
  constructor(peer: Peer, destination: Destination, wholeEnvelope: boolean) {
    super();
    this.#destination = destination;
    this.#answers = new Answers(peer);
    this.#wholeEnvelope = wholeEnvelope;
  }

  override message(frames: Buffer[]): void {
    const from = this.#bodyFrom(frames);
    // As REP does: without an empty frame, or with an envelope that no ROUTER makes, it is no request.
    if (from < 0) return;
    try {
      const group = from < frames.length ? this.#destination.publish(frames, from) : UNROUTABLE;
      if (group === UNROUTABLE) this.#refuse(frames, from, [NO_ROUTE, 'nobody takes it']);
      else if (from === 0) this.#answers.add(group, OK_BARE);
      else if (from === 1) this.#answers.add(group, OK_BEHIND_EMPTY);
      else this.#answers.add(group, wireOf([...frames.slice(0, from), OK_FRAME]));
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === null) throw error;
      this.#refuse(frames, from, refusal);
    }
  }

  override settle(): void {
    this.#answers.write();
  }

  override ended(): void {
    this.#answers.end();
  }

  #bodyFrom(frames: readonly Buffer[]): number {
    if (!this.#wholeEnvelope) return (frames[0] as Buffer).length === 0 && frames.length > 1 ? 1 : 0;
    let bytes = 0;
    for (let index = 0; index < frames.length; index++) {
      const { length } = frames[index] as Buffer;
      if (length === 0) return index + 1;
      bytes += length;
      if (bytes > zmtpLimits.envelopeBytesMax) break;
    }
    return -1;
  }

  #refuse(frames: readonly Buffer[], from: number, [status, text]: readonly [string, string]): void {
    this.#answers.add(TRANSIENT, wireOf([...frames.slice(0, from), Buffer.from(status), Buffer.from(text)]));
  }
}
