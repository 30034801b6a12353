/**
 * A client of OpenWire that costs little: commands by our codec, messages as frames that are encoded once and differ in
 * their number. Loose encoding and no cache, which both brokers agree to.
 */

import net from 'node:net';
import { SlabWriter } from '../../../src/bytes/slab-writer.ts';
import { writeMap, writeTextBody } from '../../../src/wire/openwire/bodies.ts';
import { Framer } from '../../../src/wire/openwire/framer.ts';
import { MessageLook } from '../../../src/wire/openwire/message-look.ts';
import { infoOf } from '../../../src/wire/openwire/negotiation.ts';
import { defaultDecodingLimits, FIRST_FORMAT, STORED_FORMAT } from '../../../src/wire/openwire/protocol.ts';
import { StructureReader } from '../../../src/wire/openwire/reader.ts';
import type { Draft, Structure } from '../../../src/wire/openwire/structures.ts';
import { StructureWriter } from '../../../src/wire/openwire/writer.ts';

const FRAME_BYTES_MAX = 64 * 1024 * 1024;
const WIRE_FORMAT_INFO = 1;
const MESSAGE_DISPATCH = 21;
const RESPONSE = 30;

let connections = 0;

export class OpenWireClient {
  readonly id = `ID:bench-${process.pid}-${++connections}`;
  /** Told of each message: the numbers by which it is acknowledged. */
  onDispatch: ((sequence: number, brokerSequence: number) => void) | null = null;
  onFailure: ((error: Error) => void) | null = null;
  readonly #socket: net.Socket;
  readonly #framer = new Framer(FRAME_BYTES_MAX);
  readonly #reader = new StructureReader(STORED_FORMAT, defaultDecodingLimits);
  readonly #out: SlabWriter;
  readonly #writer = new StructureWriter(STORED_FORMAT);
  readonly #look = new MessageLook();
  readonly #waiting = new Map<number, (refusal: string | null) => void>();
  #commands = 0;
  #prefixBytes = 0;
  #welcomed: (() => void) | null = null;

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    this.#out = new SlabWriter({
      write: (bytes, release) => {
        if (release === null) socket.write(bytes);
        else socket.write(bytes, release);
      },
    });
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', (error) => this.onFailure?.(error));
    socket.on('close', () => this.onFailure?.(new Error('the broker closed the connection')));
  }

  static async open(port: number): Promise<OpenWireClient> {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    const client = new OpenWireClient(socket);
    await client.#welcome();
    const connectionId = { type: 'ConnectionId', value: client.id } as const;
    await client.call({ type: 'ConnectionInfo', connectionId, clientId: client.id });
    const sessionId = { type: 'SessionId', connectionId: client.id, value: 1 } as const;
    await client.call({ type: 'SessionInfo', sessionId });
    const producerId = { type: 'ProducerId', connectionId: client.id, value: 1, sessionId: 1 } as const;
    await client.call({ type: 'ProducerInfo', producerId });
    return client;
  }

  /** Resolves with the response. */
  call(draft: Draft): Promise<void> {
    return new Promise((resolve, reject) => {
      const commandId = this.send({ ...draft, responseRequired: true } as Draft);
      this.#waiting.set(commandId, (refusal) => (refusal === null ? resolve() : reject(new Error(refusal))));
    });
  }

  /** The number of the command. */
  send(draft: Draft): number {
    const commandId = ++this.#commands;
    this.#writer.write({ ...draft, commandId } as Draft, this.#out);
    this.#out.flush();
    return commandId;
  }

  /** A message that is sent again and again. */
  template(
    queue: string,
    bodyBytes: number,
    persistent: boolean,
    transaction: number | null,
    properties: ReadonlyMap<string, string> | null = null,
  ): Template {
    const producerId = { type: 'ProducerId', connectionId: this.id, value: 1, sessionId: 1 } as const;
    const connectionId = { type: 'ConnectionId', value: this.id } as const;
    const frame = this.#writer.encode({
      type: 'TextMessage',
      producerId,
      destination: { type: 'Queue', physicalName: queue },
      transactionId: transaction === null ? null : { type: 'LocalTransactionId', value: transaction, connectionId },
      messageId: { type: 'MessageId', producerId, producerSequenceId: 0 },
      persistent,
      priority: 4,
      timestamp: Date.now(),
      content: writeTextBody('x'.repeat(bodyBytes)),
      marshalledProperties: properties === null ? null : writeMap(properties),
    });
    this.#look.at(frame, 0, frame.length);
    return { frame: Buffer.from(frame), sequenceAt: this.#look.place('originalTransactionId') - 16 };
  }

  /** Sends it once more; with `answered` the number in the response is told. */
  publish(
    { frame, sequenceAt }: Template,
    sequence: number,
    answered: ((refusal: string | null) => void) | null,
  ): void {
    const commandId = ++this.#commands;
    frame.writeInt32BE(commandId, 1);
    frame[5] = answered === null ? 0 : 1;
    frame.writeBigInt64BE(BigInt(sequence), sequenceAt);
    const out = this.#out;
    out.room(4 + frame.length);
    const view = Buffer.from(out.bytes.buffer, out.bytes.byteOffset + out.at, 4 + frame.length);
    view.writeInt32BE(frame.length, 0);
    frame.copy(view, 4);
    out.at += 4 + frame.length;
    if (answered !== null) this.#waiting.set(commandId, answered);
  }

  flush(): void {
    this.#out.flush();
  }

  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  /** Acknowledges the messages of `producer` from the first to the last of these. */
  acknowledge(queue: string, consumer: number, producer: string, first: MessageNumber, last: MessageNumber): void {
    const producerId = { type: 'ProducerId', connectionId: producer, value: 1, sessionId: 1 } as const;
    this.send({
      type: 'MessageAck',
      consumerId: { type: 'ConsumerId', connectionId: this.id, sessionId: 1, value: consumer },
      destination: { type: 'Queue', physicalName: queue },
      ackType: 2,
      firstMessageId: { type: 'MessageId', producerId, ...first },
      lastMessageId: { type: 'MessageId', producerId, ...last },
      messageCount: last.producerSequenceId - first.producerSequenceId + 1,
    });
  }

  consume(queue: string, consumer: number, prefetchSize: number, selector: string | null = null): Promise<void> {
    const consumerId = { type: 'ConsumerId', connectionId: this.id, sessionId: 1, value: consumer } as const;
    const destination = { type: 'Queue', physicalName: queue } as const;
    // Behind it stand "no message" and the count: a message begins where the first of these is.
    this.#prefixBytes = this.#writer.encode({ type: 'MessageDispatch', consumerId, destination }).length - 4;
    return this.call({ type: 'ConsumerInfo', consumerId, destination, prefetchSize, selector });
  }

  close(): void {
    this.onFailure = null;
    this.#socket.destroy();
  }

  #welcome(): Promise<void> {
    const offer = {
      version: 12,
      isTight: false,
      isCached: false,
      cacheEntries: 0,
      hasStackTraces: false,
      inactivityMs: 0,
      inactivityInitialDelayMs: 0,
      frameBytesMax: FRAME_BYTES_MAX,
      providerName: 'bench',
      providerVersion: '',
    };
    new StructureWriter(FIRST_FORMAT).write(infoOf(offer), this.#out);
    this.#out.flush();
    return new Promise((resolve) => {
      this.#welcomed = resolve;
    });
  }

  #receive(chunk: Buffer): void {
    const framer = this.#framer;
    framer.push(chunk);
    while (framer.next()) {
      const { bytes, start, end } = framer;
      const type = bytes[start] as number;
      if (type === RESPONSE)
        this.#answer(Buffer.from(bytes.buffer, bytes.byteOffset, end).readInt32BE(start + 6), null);
      else if (type === WIRE_FORMAT_INFO) this.#welcomed?.();
      else if (type === MESSAGE_DISPATCH) this.#dispatched(bytes, start, end);
      else this.#other(this.#reader.read(bytes, start, end));
    }
    framer.letGo();
  }

  #dispatched(bytes: Uint8Array, start: number, end: number): void {
    this.#look.at(bytes, start + this.#prefixBytes, end);
    const id = this.#look.structure('messageId');
    if (id?.type === 'MessageId') this.onDispatch?.(id.producerSequenceId, id.brokerSequenceId);
  }

  #other(structure: Structure | null): void {
    if (structure?.type === 'ExceptionResponse') {
      this.#answer(structure.correlationId, structure.exception?.message ?? 'refused');
    }
    if (structure?.type === 'ConnectionError') this.onFailure?.(new Error(structure.exception?.message ?? 'refused'));
  }

  #answer(commandId: number, refusal: string | null): void {
    const told = this.#waiting.get(commandId);
    this.#waiting.delete(commandId);
    told?.(refusal);
  }
}

export interface MessageNumber {
  readonly producerSequenceId: number;
  readonly brokerSequenceId: number;
}

export interface Template {
  readonly frame: Buffer;
  readonly sequenceAt: number;
}
