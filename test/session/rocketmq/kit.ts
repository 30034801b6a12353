/**
 * RocketMQ connections over a real core, without a socket: requests go in as bytes, and what comes out is read with the
 * codec.
 */
import assert from 'node:assert/strict';
import { SlabWriter } from '../../../src/bytes/slab-writer.ts';
import { RocketmqConnection } from '../../../src/session/rocketmq/connection.ts';
import { RocketmqFormat } from '../../../src/session/rocketmq/message-format.ts';
import { RocketmqNode, type RocketmqNodeOptions } from '../../../src/session/rocketmq/node.ts';
import type { Api } from '../../../src/wire/rocketmq/api.ts';
import { sendMessageV2 } from '../../../src/wire/rocketmq/apis/messages.ts';
import { Command } from '../../../src/wire/rocketmq/command.ts';
import { CommandWriter } from '../../../src/wire/rocketmq/command-writer.ts';
import { COMMAND_FLAG, SERIALIZE, type SerializeType } from '../../../src/wire/rocketmq/constants.ts';
import { Framer } from '../../../src/wire/rocketmq/framer.ts';
import { NamedRanges } from '../../../src/wire/rocketmq/named-ranges.ts';
import { propertiesOf, readProperties } from '../../../src/wire/rocketmq/properties.ts';
import type { Fields, WrittenFields } from '../../../src/wire/rocketmq/schema.ts';
import { StoredMessage } from '../../../src/wire/rocketmq/stored-message.ts';
import { Kit } from '../../core/kit.ts';

export class FakeOutbox {
  readonly written: Uint8Array[] = [];
  paused = false;
  closed = false;
  pendingBytes = 0;

  write(bytes: Uint8Array, release: (() => void) | null): void {
    this.written.push(bytes.slice());
    release?.();
  }

  close(): void {
    this.closed = true;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }
}

/** What came from the broker: an answer, or a request of its own. */
export interface Said {
  readonly code: number;
  readonly remark: string | null;
  readonly opaque: number;
  readonly isResponse: boolean;
  readonly isOneway: boolean;
  readonly fields: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Asking {
  readonly body?: Uint8Array;
  readonly isOneway?: boolean;
  readonly type?: SerializeType;
}

/** One client. */
export class Client {
  readonly outbox = new FakeOutbox();
  readonly connection: RocketmqConnection;
  readonly #kit: RocketmqKit;
  #opaque = 0;

  constructor(kit: RocketmqKit, remoteAddress: string, remotePort: number) {
    this.#kit = kit;
    const { node } = kit;
    const { outbox } = this;
    this.connection = new RocketmqConnection({ node, outbox, remoteAddress, remotePort, localAddress: '127.0.0.1' });
  }

  /** Sends a request, without a turn; its number. */
  send<Q extends Fields, A extends Fields>(api: Api<Q, A>, fields: WrittenFields<Q>, asking: Asking = {}): number {
    const opaque = ++this.#opaque;
    this.raw(commandBytes(api, fields, opaque, asking));
    return opaque;
  }

  raw(bytes: Uint8Array, chunkBytes = Number.POSITIVE_INFINITY): void {
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      this.connection.receive(bytes.slice(at, Math.min(bytes.length, at + chunkBytes)));
    }
  }

  /** What came since the last call. */
  said(): Said[] {
    const framer = new Framer();
    const command = new Command();
    const said: Said[] = [];
    framer.push(Buffer.concat(this.outbox.written.splice(0)));
    while (framer.next()) {
      command.read(framer.bytes, framer.start, framer.end);
      const { code, remark, opaque, isResponse, isOneway, fields, bytes, bodyStart, bodyEnd } = command;
      const named: Record<string, string> = {};
      for (let index = 0; index < fields.count; index++) named[fields.nameOf(index)] = fields.textOf(index);
      const body = Buffer.from(bytes.slice(bodyStart, bodyEnd));
      said.push({ code, remark, opaque, isResponse, isOneway, fields: named, body });
    }
    assert.equal(framer.fault, null);
    return said;
  }

  /** Asks, lets the broker settle, and gives the one answer; requests of the broker's own stay out of it. */
  ask<Q extends Fields, A extends Fields>(api: Api<Q, A>, fields: WrittenFields<Q>, asking: Asking = {}): Said {
    const opaque = this.send(api, fields, asking);
    this.#kit.settle();
    assert.deepEqual(this.#kit.faults, []);
    const answers = this.said().filter(({ isResponse }) => isResponse);
    assert.equal(answers.length, 1, `${answers.length} answers to a request with code ${api.code}`);
    assert.equal(answers[0]?.opaque, opaque);
    return answers[0] as Said;
  }

  /** Publishes one message and gives the answer. */
  publish(topic: string, body: string, more: SendTraits = {}): Said {
    return this.ask(sendMessageV2, sendFields(topic, more), { body: Buffer.from(body), ...more.asking });
  }
}

export interface SendTraits {
  readonly queueId?: number;
  readonly properties?: Readonly<Record<string, string>>;
  readonly sysFlag?: number;
  readonly reconsumeTimes?: number;
  readonly maxReconsumeTimes?: number;
  readonly template?: string;
  readonly queues?: number;
  readonly group?: string;
  readonly asking?: Asking;
}

export const BORN = 1_700_000_000_000;

export function sendFields(topic: string, traits: SendTraits = {}) {
  return {
    a: traits.group ?? 'makers',
    b: topic,
    c: traits.template ?? 'TBW102',
    d: traits.queues ?? 4,
    e: traits.queueId ?? 0,
    f: traits.sysFlag ?? 0,
    g: BORN,
    h: 7,
    i: Buffer.from(propertiesOf(traits.properties ?? {})).toString(),
    j: traits.reconsumeTimes ?? 0,
    k: false,
    ...(traits.maxReconsumeTimes === undefined ? {} : { l: traits.maxReconsumeTimes }),
    m: false,
  };
}

export function commandBytes<Q extends Fields, A extends Fields>(
  { code, request }: Api<Q, A>,
  fields: WrittenFields<Q>,
  opaque: number,
  { body = new Uint8Array(0), isOneway = false, type = SERIALIZE.JSON }: Asking = {},
): Buffer {
  const written: Uint8Array[] = [];
  const slab = new SlabWriter({
    write: (bytes, release) => {
      written.push(bytes.slice());
      release?.();
    },
  });
  const writer = new CommandWriter(slab);
  writer.begin(type, code, isOneway ? COMMAND_FLAG.ONEWAY : 0, opaque, null, request.room(fields));
  request.write(writer, fields);
  writer.end(body.length);
  slab.append(body);
  slab.flush();
  return Buffer.concat(written);
}

export class RocketmqKit extends Kit {
  readonly faults: unknown[] = [];
  readonly node: RocketmqNode;
  #ports = 40_000;

  constructor(options: Partial<RocketmqNodeOptions> = {}, ...parts: ConstructorParameters<typeof Kit>) {
    super(...parts);
    this.broker.formats.register(new RocketmqFormat());
    const { broker, namespace } = this;
    this.node = new RocketmqNode({
      broker,
      namespace,
      storeId: 0x1234,
      epoch: 1,
      advertise: null,
      brokerPort: 10_911,
      autoCreate: true,
      startedAt: 1_000,
      letsIn: (from) => from === '127.0.0.1',
      onFault: (error) => void this.faults.push(error),
      ...options,
    });
  }

  client(remoteAddress = '127.0.0.1'): Client {
    return new Client(this, remoteAddress, this.#ports++);
  }

  /** Time goes by, and what is due is done. */
  wait(ms: number): void {
    this.clock.now += ms;
    this.settle();
  }

  override restart(): RocketmqKit {
    return new RocketmqKit({}, {}, this.store.crash(false));
  }
}

export interface PulledMessage {
  readonly body: string;
  readonly topic: string;
  readonly queueId: number;
  readonly queueOffset: number;
  readonly sysFlag: number;
  readonly flag: number;
  readonly reconsumeTimes: number;
  readonly bornTimestamp: number;
  readonly storeTimestamp: number;
  readonly properties: Readonly<Record<string, string>>;
  readonly hasTrueCrc: boolean;
  readonly bytes: Buffer;
}

/** The stored messages in a body. */
export function messagesIn(body: Uint8Array): PulledMessage[] {
  const message = new StoredMessage();
  const ranges = new NamedRanges();
  const messages: PulledMessage[] = [];
  for (let at = 0; at < body.length; at = message.end) {
    message.open(body, at, body.length);
    readProperties(body, message.propertiesStart, message.propertiesEnd, ranges);
    const properties: Record<string, string> = {};
    for (let index = 0; index < ranges.count; index++) properties[ranges.nameOf(index)] = ranges.textOf(index);
    const { queueId, queueOffset, sysFlag, flag, reconsumeTimes, bornTimestamp, storeTimestamp } = message;
    messages.push({
      body: Buffer.from(body.subarray(message.bodyStart, message.bodyEnd)).toString(),
      topic: message.topic(),
      queueId,
      queueOffset,
      sysFlag,
      flag,
      reconsumeTimes,
      bornTimestamp,
      storeTimestamp,
      properties,
      hasTrueCrc: message.hasTrueCrc(),
      bytes: Buffer.from(body.subarray(at, message.end)),
    });
  }
  return messages;
}

export function textsIn(body: Uint8Array): string[] {
  return messagesIn(body).map(({ body: text }) => text);
}
