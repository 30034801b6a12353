/**
 * RequestHeader: what stands in front of every request's body, read without the body.
 *
 *     [api key int16][api version int16][correlation id int32][client id: int16 length or -1, text][tags] body
 *                                                                                                   flexible only
 *
 * The client id keeps its classic length in flexible versions, because ApiVersions must be readable before the two
 * sides know each other. One object is reused for all requests of a connection: nothing is allocated unless somebody
 * asks for the client id.
 *
 *     header.read(frame.bytes, frame.start, frame.end)
 *     header.api === undefined      an unknown key: the connection is closed
 *     !header.isServed              a version that we do not serve: closed too, but for ApiVersions
 *     readRequest(api, header.apiVersion, frame.bytes, header.bodyAt, frame.end)
 */
import { readI32, readU16 } from '../../bytes/numbers.ts';
import { readText } from '../../bytes/text.ts';
import type { Api } from './api.ts';
import { apiOf } from './apis.ts';
import { ERROR } from './error-codes.ts';
import { skipTags } from './messages.ts';
import { WireReader } from './reader.ts';
import { KafkaWireError } from './wire-error.ts';

/** Key, version, correlation id and the client id's length. */
const FIXED_BYTES = 10;
const NOTHING = new Uint8Array(0);

export class RequestHeader {
  apiKey = 0;
  apiVersion = 0;
  correlationId = 0;
  api: Api | undefined = undefined;
  /** Is this a version that can be read? Otherwise `bodyAt` says nothing. */
  isServed = false;
  /** Where the body begins. */
  bodyAt = 0;
  #bytes: Uint8Array = NOTHING;
  #clientIdAt = 0;
  #clientIdEnd = -1;

  /** Reads the header of the request in `bytes[start, end)`. */
  read(bytes: Uint8Array, start: number, end: number): void {
    if (end - start < FIXED_BYTES) throw malformed('is cut off');
    this.apiKey = signed16(readU16(bytes, start));
    this.apiVersion = signed16(readU16(bytes, start + 2));
    this.correlationId = readI32(bytes, start + 4);
    const clientIdBytes = signed16(readU16(bytes, start + 8));
    this.#bytes = bytes;
    this.#clientIdAt = start + FIXED_BYTES;
    this.#clientIdEnd = this.#clientIdAt + clientIdBytes;
    if (clientIdBytes < -1 || this.#clientIdEnd > end) throw malformed(`has a client id of ${clientIdBytes} bytes`);
    this.api = apiOf(this.apiKey);
    this.isServed = this.api?.serves(this.apiVersion) ?? false;
    this.bodyAt = Math.max(this.#clientIdEnd, this.#clientIdAt);
    if (this.isServed && this.api?.isFlexible(this.apiVersion)) this.#passTags(end);
  }

  /** Decodes the client id. Valid as long as the frame is. */
  clientId(): string | null {
    return this.#clientIdEnd < this.#clientIdAt ? null : readText(this.#bytes, this.#clientIdAt, this.#clientIdEnd);
  }

  #passTags(end: number): void {
    const { bodyAt } = this;
    if (this.#bytes[bodyAt] === 0 && bodyAt < end) {
      this.bodyAt = bodyAt + 1;
      return;
    }
    const reader = new WireReader(this.#bytes, bodyAt, end, 'request header');
    skipTags(reader);
    this.bodyAt = reader.at;
  }
}

function signed16(value: number): number {
  return (value << 16) >> 16;
}

function malformed(what: string): KafkaWireError {
  return new KafkaWireError(ERROR.INVALID_REQUEST, `request header ${what}`);
}
