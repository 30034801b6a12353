/**
 * Whole messages: header and body, as they stand in a frame.
 *
 *     request    [length int32][api key int16][version int16][correlation id int32][client id][tags?] body
 *     response   [length int32][correlation id int32][tags?] body
 *
 * The tags of a header are there in flexible versions, with one exception: the response of ApiVersions has none in any
 * version, because a client reads it before it knows what the broker speaks.
 *
 * A session reads with `readRequest`, and answers either with `responseSize` and `writeResponse` into memory that it
 * has (a slab), or with `encodeResponse` into memory of its own. Both write the body once, where it stays: records of
 * a Fetch go from the journal's slab straight there. The other direction is a client's, and the tests'.
 */
import { readI32, writeU32 } from '../../bytes/numbers.ts';
import { textBytes, writeText } from '../../bytes/text.ts';
import type { Api, ReadResponseOf, RequestOf, ResponseOf, WrittenRequestOf } from './api.ts';
import { WireReader } from './reader.ts';
import type { Shape } from './schema.ts';
import { WireWriter } from './writer.ts';

type Body = Record<string, unknown>;

const API_VERSIONS_KEY = 18;
/** The length in front of every frame. */
export const LENGTH_BYTES = 4;

/** Has this response the tags of a flexible header? */
function hasTaggedHeader(api: Api, version: number): boolean {
  return api.isFlexible(version) && api.key !== API_VERSIONS_KEY;
}

/** The body of a request in `bytes[at, end)`. Bytes behind the last field are ignored, as Kafka does. */
export function readRequest<Q extends Shape, S extends Shape>(
  api: Api<Q, S>,
  version: number,
  bytes: Uint8Array,
  at: number,
  end: number,
): RequestOf<Api<Q, S>> {
  const reader = new WireReader(bytes, at, end, `${api.name} request v${version}`);
  return api.requestCodec(version).read(reader) as RequestOf<Api<Q, S>>;
}

/** How many bytes the response takes, the length in front included. */
export function responseSize<Q extends Shape, S extends Shape>(
  api: Api<Q, S>,
  version: number,
  body: ResponseOf<Api<Q, S>>,
): number {
  const header = LENGTH_BYTES + 4 + (hasTaggedHeader(api, version) ? 1 : 0);
  return header + api.responseCodec(version).size(body as Body);
}

/** Writes what `responseSize` has measured to `target` at `at`, and says where it ends. */
export function writeResponse<Q extends Shape, S extends Shape>(
  api: Api<Q, S>,
  version: number,
  correlationId: number,
  body: ResponseOf<Api<Q, S>>,
  target: Uint8Array,
  at: number,
): number {
  const writer = new WireWriter(target, at + LENGTH_BYTES);
  writer.int32(correlationId);
  if (hasTaggedHeader(api, version)) writer.uvarint(0);
  api.responseCodec(version).write(writer, body as Body);
  writeU32(target, at, writer.at - at - LENGTH_BYTES);
  return writer.at;
}

/** A response in memory of its own. */
export function encodeResponse<Q extends Shape, S extends Shape>(
  api: Api<Q, S>,
  version: number,
  correlationId: number,
  body: ResponseOf<Api<Q, S>>,
): Uint8Array {
  const target = Buffer.allocUnsafe(responseSize(api, version, body));
  const end = writeResponse(api, version, correlationId, body, target, 0);
  if (end !== target.length)
    throw new Error(`${api.name} v${version}: ${end} bytes written, ${target.length} measured`);
  return target;
}

/** A whole request, as a client sends it. */
export function encodeRequest<Q extends Shape, S extends Shape>(
  api: Api<Q, S>,
  version: number,
  correlationId: number,
  clientId: string | null,
  body: WrittenRequestOf<Api<Q, S>>,
): Uint8Array {
  const codec = api.requestCodec(version);
  const flexible = api.isFlexible(version);
  const clientIdBytes = clientId === null ? 0 : textBytes(clientId);
  const header = LENGTH_BYTES + 2 + 2 + 4 + 2 + clientIdBytes + (flexible ? 1 : 0);
  const target = Buffer.allocUnsafe(header + codec.size(body as Body));
  const writer = new WireWriter(target, 0);
  writer.int32(target.length - LENGTH_BYTES);
  writer.int16(api.key);
  writer.int16(version);
  writer.int32(correlationId);
  writer.int16(clientId === null ? -1 : clientIdBytes);
  if (clientId !== null) writer.at = writeText(target, writer.at, clientId, clientIdBytes);
  if (flexible) writer.uvarint(0);
  codec.write(writer, body as Body);
  return target;
}

/** The correlation id that a response begins with; `at` is behind the length. The caller has checked four bytes. */
export function correlationIdOf(bytes: Uint8Array, at: number): number {
  return readI32(bytes, at);
}

/** The body of a response in `bytes[at, end)`, where `at` is behind the length. */
export function readResponse<Q extends Shape, S extends Shape>(
  api: Api<Q, S>,
  version: number,
  bytes: Uint8Array,
  at: number,
  end: number,
): ReadResponseOf<Api<Q, S>> {
  const reader = new WireReader(bytes, at, end, `${api.name} response v${version}`);
  reader.int32();
  if (hasTaggedHeader(api, version)) skipTags(reader);
  return api.responseCodec(version).read(reader) as ReadResponseOf<Api<Q, S>>;
}

/** Passes over a tagged section of which nothing is known. */
export function skipTags(reader: WireReader): void {
  for (let left = reader.uvarint(); left > 0; left--) {
    reader.uvarint();
    reader.take(reader.uvarint());
  }
}
