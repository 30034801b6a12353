/**
 * A client of OpenWire for tests: commands by our codec, one promise a command. There is none on npm; the Java clients
 * prove the same in `conformance/`.
 */
import net from 'node:net';
import { SlabWriter } from '../src/bytes/slab-writer.ts';
import { readTextBody, writeMap, writeTextBody } from '../src/wire/openwire/bodies.ts';
import { Framer } from '../src/wire/openwire/framer.ts';
import { agree, infoOf, type Offer, offerOf } from '../src/wire/openwire/negotiation.ts';
import type { Value } from '../src/wire/openwire/primitives.ts';
import { defaultDecodingLimits, FIRST_FORMAT } from '../src/wire/openwire/protocol.ts';
import { StructureReader } from '../src/wire/openwire/reader.ts';
import type { Destination, Draft, DraftOf, Message, Structure, StructureOf } from '../src/wire/openwire/structures.ts';
import { StructureWriter } from '../src/wire/openwire/writer.ts';

const FRAME_BYTES_MAX = 64 * 1024 * 1024;

/** The connection ended. */
export class Gone extends Error {}

/** The broker answered with an exception. */
export class Refused extends Error {
  readonly className: string;

  constructor(className: string, text: string) {
    super(text);
    this.className = className;
  }
}

export type Dispatch = StructureOf<'MessageDispatch'>;

let clients = 0;

const offer: Offer = {
  version: 12,
  isTight: false,
  isCached: false,
  cacheEntries: 0,
  hasStackTraces: false,
  inactivityMs: 0,
  inactivityInitialDelayMs: 0,
  frameBytesMax: FRAME_BYTES_MAX,
  providerName: 'test',
  providerVersion: '1',
};

export class OpenWireClient {
  readonly id: string;
  /** Exceptions that answered no command. */
  readonly errors: string[] = [];
  readonly socket: net.Socket;
  readonly closed: Promise<void>;
  readonly #framer = new Framer(FRAME_BYTES_MAX);
  #reader = new StructureReader(FIRST_FORMAT, defaultDecodingLimits);
  #writer = new StructureWriter(FIRST_FORMAT);
  readonly #out: SlabWriter;
  readonly #owed = new Map<number, { resolve: () => void; reject: (why: Error) => void }>();
  readonly #inboxes = new Map<number, Inbox>();
  readonly #offer: Offer;
  #commands = 0;
  #sequence = 0;
  #consumers = 0;
  #transactions = 0;
  #welcomed: () => void = () => {};
  #isGone = false;

  constructor(port: number, id = `ID:test-${process.pid}-${++clients}`, changes: Partial<Offer> = {}) {
    this.id = id;
    this.#offer = { ...offer, ...changes };
    this.socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    this.#out = new SlabWriter({
      write: (bytes, release) => {
        this.socket.write(bytes, () => release?.());
      },
    });
    this.socket.on('data', (chunk) => this.#receive(chunk));
    this.socket.on('error', () => {});
    this.closed = new Promise((resolve) => {
      this.socket.on('close', () => {
        this.#isGone = true;
        for (const { reject } of this.#owed.values()) reject(new Gone());
        for (const inbox of this.#inboxes.values()) inbox.end();
        this.#welcomed();
        resolve();
      });
    });
  }

  /** Says who it is, and what it can do. */
  async open(info: Partial<DraftOf<'ConnectionInfo'>> = {}): Promise<this> {
    const welcomed = new Promise<void>((resolve) => {
      this.#welcomed = resolve;
    });
    this.send(infoOf(this.#offer));
    await welcomed;
    await this.call({ type: 'ConnectionInfo', connectionId: this.connectionId, ...info });
    await this.call({ type: 'SessionInfo', sessionId: { type: 'SessionId', connectionId: this.id, value: 1 } });
    await this.call({ type: 'ProducerInfo', producerId: this.producerId });
    return this;
  }

  get connectionId() {
    return { type: 'ConnectionId', value: this.id } as const;
  }

  get producerId() {
    return { type: 'ProducerId', connectionId: this.id, value: 1, sessionId: 1 } as const;
  }

  /** Resolves when the broker has done it; rejects with Refused or Gone. */
  call(draft: Draft): Promise<void> {
    if (this.#isGone) return Promise.reject(new Gone());
    return new Promise((resolve, reject) => {
      const commandId = this.send({ ...draft, responseRequired: true } as Draft);
      this.#owed.set(commandId, { resolve, reject });
    });
  }

  send(draft: Draft): number {
    const commandId = ++this.#commands;
    this.#writer.write({ ...draft, commandId } as Draft, this.#out);
    this.#out.flush();
    return commandId;
  }

  message(destination: Destination, text: string, more: Partial<DraftOf<'TextMessage'>> = {}): DraftOf<'TextMessage'> {
    const { producerId } = this;
    return {
      type: 'TextMessage',
      producerId,
      destination,
      messageId: { type: 'MessageId', producerId, producerSequenceId: ++this.#sequence },
      persistent: true,
      priority: 4,
      timestamp: Date.now(),
      content: writeTextBody(text),
      ...more,
    };
  }

  async consume(destination: Destination, more: Partial<DraftOf<'ConsumerInfo'>> = {}): Promise<Inbox> {
    const value = ++this.#consumers;
    const consumerId = { type: 'ConsumerId', connectionId: this.id, sessionId: 1, value } as const;
    const inbox = new Inbox(this, consumerId);
    this.#inboxes.set(value, inbox);
    await this.call({ type: 'ConsumerInfo', consumerId, destination, prefetchSize: 1000, ...more });
    return inbox;
  }

  /** A local transaction has begun. */
  begin(): StructureOf<'LocalTransactionId'> {
    const transactionId = {
      type: 'LocalTransactionId',
      value: ++this.#transactions,
      connectionId: this.connectionId,
    } as const;
    this.send({ type: 'TransactionInfo', connectionId: this.connectionId, transactionId, operation: 0 });
    return transactionId;
  }

  /** 2: commit, 4: roll back. */
  decide(transactionId: StructureOf<'LocalTransactionId'>, operation: 2 | 4): Promise<void> {
    return this.call({ type: 'TransactionInfo', connectionId: this.connectionId, transactionId, operation });
  }

  close(): void {
    this.socket.destroy();
  }

  #receive(chunk: Buffer): void {
    const framer = this.#framer;
    framer.push(chunk);
    while (framer.next()) {
      const copy = framer.bytes.slice(framer.start, framer.end);
      const structure = this.#reader.read(copy, 0, copy.length);
      if (structure !== null) this.#hear(structure);
    }
    framer.letGo();
  }

  #hear(structure: Structure): void {
    switch (structure.type) {
      case 'WireFormatInfo': {
        const { format } = agree(this.#offer, offerOf(structure));
        this.#reader = new StructureReader(format, defaultDecodingLimits);
        this.#writer = new StructureWriter(format);
        this.#welcomed();
        break;
      }
      case 'Response':
        this.#take(structure.correlationId)?.resolve();
        break;
      case 'ExceptionResponse': {
        const { className, message } = structure.exception ?? { className: null, message: null };
        this.#take(structure.correlationId)?.reject(new Refused(className ?? '', message ?? ''));
        break;
      }
      case 'ConnectionError':
        this.errors.push(structure.exception?.message ?? '');
        break;
      case 'MessageDispatch':
        this.#inboxes.get(structure.consumerId?.value ?? 0)?.put(structure);
        break;
    }
  }

  #take(commandId: number): { resolve: () => void; reject: (why: Error) => void } | undefined {
    const owed = this.#owed.get(commandId);
    this.#owed.delete(commandId);
    return owed;
  }
}

/** What a consumer was given, one by one; null for "there is nothing". */
export class Inbox {
  readonly all: Dispatch[] = [];
  readonly #client: OpenWireClient;
  readonly #consumerId: StructureOf<'ConsumerId'>;
  readonly #waiting: { resolve: (dispatch: Dispatch) => void; reject: (why: Error) => void }[] = [];
  #taken = 0;
  #hasEnded = false;

  constructor(client: OpenWireClient, consumerId: StructureOf<'ConsumerId'>) {
    this.#client = client;
    this.#consumerId = consumerId;
  }

  put(dispatch: Dispatch): void {
    this.all.push(dispatch);
    this.#waiting.shift()?.resolve(dispatch);
  }

  end(): void {
    this.#hasEnded = true;
    for (const { reject } of this.#waiting.splice(0)) reject(new Gone());
  }

  next(): Promise<Dispatch> {
    const there = this.all[this.#taken++];
    if (there !== undefined) return Promise.resolve(there);
    if (this.#hasEnded) return Promise.reject(new Gone());
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  async texts(count: number): Promise<string[]> {
    const texts: string[] = [];
    while (texts.length < count) texts.push(textOf((await this.next()).message));
    return texts;
  }

  /** `ackType` 2: all from the first to the last of these; 1: to the dead letters. */
  acknowledge(from: Dispatch, to: Dispatch, more: Partial<DraftOf<'MessageAck'>> = {}): void {
    const count = (to.message?.messageId?.brokerSequenceId ?? 0) - (from.message?.messageId?.brokerSequenceId ?? 0);
    this.#client.send({
      type: 'MessageAck',
      consumerId: this.#consumerId,
      destination: to.destination,
      ackType: 2,
      firstMessageId: from.message?.messageId ?? null,
      lastMessageId: to.message?.messageId ?? null,
      messageCount: count + 1,
      ...more,
    } as Draft);
  }

  pull(timeout: number): void {
    this.#client.send({ type: 'MessagePull', consumerId: this.#consumerId, timeout });
  }

  /** `lastSequence`: of the last message that the program has seen. */
  close(lastSequence = -1): Promise<void> {
    const objectId = this.#consumerId;
    return this.#client.call({ type: 'RemoveInfo', objectId, lastDeliveredSequenceId: lastSequence });
  }
}

export function textOf(message: Message | null): string {
  return message?.content ? (readTextBody(message.content) ?? '') : '';
}

export function properties(values: Record<string, Value>): Uint8Array {
  return writeMap(new Map(Object.entries(values)));
}

export function queue(physicalName: string): Destination {
  return { type: 'Queue', physicalName };
}

export function topic(physicalName: string): Destination {
  return { type: 'Topic', physicalName };
}
