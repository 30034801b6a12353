/**
 * Assignment: the request that a worker has, and how the reply gets back to whoever asked.
 *
 *     a Majordomo client       by its identity, in its own dialect; partial replies to 0.2 as they come
 *     anyone else              a message in his own language to his `reply-to`, with his correlation id
 *
 * Who takes one reply only gets the partial ones and the final one together.
 */
import { copyOf } from '../../../bytes/copy.ts';
import { CoreError } from '../../../core/errors.ts';
import type { Format, Hub } from '../../../core/format.ts';
import type { Entry } from '../../../core/message.ts';
import { zmtpLimits } from '../limits.ts';
import { hubBody } from '../message-format.ts';
import type { ZmtpNode } from '../node.ts';
import { StoredMessage, ZMTP_FORMAT } from '../stored-message.ts';
import type { Clients } from './clients.ts';
import { dialectOf } from './dialect.ts';

const stored = new StoredMessage();

interface Asker {
  readonly format: Format;
  readonly replyTo: string;
  readonly correlationId: string | null;
}

export class Assignment {
  /** Of the ledger. */
  readonly tag: number;
  /** What the worker calls the client; it comes back with the reply. */
  readonly address: Uint8Array;
  readonly #service: string;
  /** A Majordomo client. */
  readonly #requester: Uint8Array | null;
  readonly #asker: Asker | null;
  #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;

  constructor(node: ZmtpNode, service: string, entry: Entry, tag: number) {
    this.tag = tag;
    this.#service = service;
    this.#requester = requesterOf(entry);
    this.#asker = this.#requester === null ? askerOf(node, entry) : null;
    this.address = this.#requester?.subarray(1) ?? Buffer.from(`request-${tag}`);
  }

  /** Frames that end with the call. False if it is more than is gathered for anyone. */
  partial(clients: Clients, frames: readonly Uint8Array[]): boolean {
    if (this.#requester !== null && dialectOf(this.#requester[0] as number)?.version === 2) {
      clients.reply(this.#requester, false, this.#service, frames);
      return true;
    }
    for (const frame of frames) this.#gatheredBytes += frame.length;
    if (this.#gatheredBytes > zmtpLimits.gatheredBytesMax) return false;
    for (const frame of frames) this.#gathered.push(copyOf(frame));
    return true;
  }

  final(node: ZmtpNode, clients: Clients, frames: readonly Uint8Array[]): void {
    const all = this.#gathered.length === 0 ? frames : [...this.#gathered, ...frames];
    this.#gathered = [];
    if (this.#requester !== null) clients.reply(this.#requester, true, this.#service, all);
    else if (this.#asker !== null) publishReply(node, this.#asker, all);
  }
}

function requesterOf({ format, bytes, start, end }: Entry): Uint8Array | null {
  if (format !== ZMTP_FORMAT) return null;
  const { requesterAt, framesAt } = stored.point(bytes, start, end);
  return framesAt > requesterAt ? copyOf(bytes, requesterAt, framesAt) : null;
}

function askerOf({ broker }: ZmtpNode, entry: Entry): Asker | null {
  const format = broker.formats.get(entry.format);
  const hub = format?.toHub(entry);
  if (format === undefined || hub === undefined || hub.replyTo === null || hub.replyTo === '') return null;
  return { format, replyTo: hub.replyTo, correlationId: hub.correlationId ?? hub.messageId };
}

function publishReply({ broker, namespace }: ZmtpNode, asker: Asker, frames: readonly Uint8Array[]): void {
  const { format, replyTo, correlationId } = asker;
  const hub: Hub = {
    ...hubBody(frames),
    exchange: '',
    key: replyTo,
    contentType: null,
    contentEncoding: null,
    messageId: null,
    correlationId,
    replyTo: null,
    subject: null,
    userId: null,
    appId: null,
    createdAt: broker.clock.now,
    persistent: true,
    priority: 0,
    expiresAt: 0,
  };
  try {
    namespace.defaultExchange.route(replyTo, null).publish(format.fromHub(hub));
  } catch (error) {
    // Too large for a message: the asker is left without a reply, as if the worker had said nothing.
    if (!(error instanceof CoreError)) throw error;
  }
}
