/**
 * The ZMTP format: frames made into the hub form for readers of other protocols, and other protocols' messages made
 * into frames.
 *
 *     one frame      body
 *     several        body = the last frame; the others, in order, in the header `zmq-frames`, a list of bytes
 *     large ones     if those others take more than 32 KiB, too much for a header: body = all frames as they are on the
 *                    wire, header `zmq-framing` = "zmtp"
 *
 * Either way back gives the very same frames. A message that never was one of ZeroMQ is one frame, its body; ZMTP has
 * no place for its other headers.
 */
import { copyOf } from '../../bytes/copy.ts';
import type { Format, Hub } from '../../core/format.ts';
import type { Entry, Message } from '../../core/message.ts';
import { toHex, type Value } from '../../core/value.ts';
import { framesIn, Publication, StoredMessage, wireOf, ZMTP_FORMAT } from './stored-message.ts';

const FRAMES_HEADER = 'zmq-frames';
const FRAMING_HEADER = 'zmq-framing';
const FRAMING = 'zmtp';
/** Where others reply to a Majordomo client's request; see `majordomo/clients.ts`. */
export const REPLIES_QUEUE = 'zmq.replies';
const HEADER_FRAMES_BYTES_MAX = 32 * 1024;
const NAME_BYTES_MAX = 255;
const KEY_BYTES_MAX = 65_535;

export class ZmtpFormat implements Format {
  readonly tag = ZMTP_FORMAT;
  readonly name = 'zmtp';
  readonly #stored = new StoredMessage();
  readonly #publication = new Publication();

  header({ bytes, start, end }: Entry, name: string): Value | undefined {
    if (name !== FRAMES_HEADER && name !== FRAMING_HEADER) return undefined;
    return hubBody(this.#stored.point(bytes, start, end).frames()).headers.get(name);
  }

  toHub({ bytes, start, end, timestamp, expiresAt }: Entry): Hub {
    const stored = this.#stored.point(bytes, start, end);
    const { headers, body } = hubBody(stored.frames());
    const isRequest = stored.framesAt > stored.requesterAt;
    return {
      exchange: stored.exchange,
      key: stored.key,
      headers,
      body,
      contentType: null,
      contentEncoding: null,
      messageId: null,
      correlationId: isRequest ? correlationOf(stored) : null,
      replyTo: isRequest ? REPLIES_QUEUE : null,
      subject: null,
      userId: null,
      appId: null,
      createdAt: timestamp,
      persistent: true,
      priority: 0,
      expiresAt,
    };
  }

  fromHub(hub: Hub): Message {
    const exchange = Buffer.byteLength(hub.exchange) > NAME_BYTES_MAX ? '' : hub.exchange;
    const key = Buffer.byteLength(hub.key) > KEY_BYTES_MAX ? '' : hub.key;
    const frames = framesOf(hub);
    const publication = this.#publication.point(exchange, key, false, null, frames, 0, hub.createdAt ?? 0);
    publication.expiresAt = hub.expiresAt;
    return publication;
  }
}

interface HubBody {
  readonly headers: Map<string, Value>;
  readonly body: Uint8Array;
}

/** Copies: what it returns outlives the entry. */
export function hubBody(frames: readonly Uint8Array[]): HubBody {
  const last = copyOf(frames.at(-1) ?? new Uint8Array(0));
  if (frames.length <= 1) return { headers: new Map(), body: last };
  const others = frames.slice(0, -1);
  // Each costs a type and a length in a list.
  const bytes = others.reduce((sum, frame) => sum + frame.length + 5, 0);
  if (bytes > HEADER_FRAMES_BYTES_MAX) {
    return { headers: new Map([[FRAMING_HEADER, FRAMING as Value]]), body: wireOf(frames) };
  }
  return { headers: new Map([[FRAMES_HEADER, others.map((frame) => copyOf(frame)) as Value]]), body: last };
}

/** What a ZMTP peer is sent of a message of another protocol; never empty. */
export function framesOf(hub: Hub): Uint8Array[] {
  if (hub.headers.get(FRAMING_HEADER) === FRAMING) {
    const frames = framesIn(hub.body, 0, hub.body.length);
    if (frames !== null) return frames;
  }
  const others = hub.headers.get(FRAMES_HEADER);
  if (!Array.isArray(others)) return [hub.body];
  const frames: Uint8Array[] = [];
  for (const other of others) {
    if (typeof other === 'string') frames.push(Buffer.from(other));
    else if (other instanceof Uint8Array) frames.push(other);
    else return [hub.body];
  }
  frames.push(hub.body);
  return frames;
}

/** `<requester in hex>:<service>` */
function correlationOf({ bytes, requesterAt, framesAt, key }: StoredMessage): string {
  return `${toHex(bytes.subarray(requesterAt, framesAt))}:${key}`;
}

/** Whose reply it is, by its correlation id; null if that is none of ours. */
export function requesterIn(correlationId: string | null): { requester: Uint8Array; service: string } | null {
  const colon = correlationId?.indexOf(':') ?? -1;
  if (correlationId === null || colon < 4 || colon % 2 !== 0) return null;
  const requester = Buffer.from(correlationId.slice(0, colon), 'hex');
  return requester.length === colon / 2 ? { requester, service: correlationId.slice(colon + 1) } : null;
}
