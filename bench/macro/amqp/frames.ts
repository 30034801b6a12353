/**
 * The AMQP 0-9-1 frames a load generator needs, encoded ahead of time.
 *
 * Written apart from `src/wire`: a generator that shared the broker's codec would share its mistakes and its speed.
 * Nothing here is hot except what is *done* with a `Block`: many publishes encoded once in one buffer and then
 * written to the socket again and again, any whole number of them at a time.
 *
 *     Block   | publish 0 | publish 1 | ... | publish n-1 |        every publish has `stride` bytes
 *     publish | method frame | header frame | body frame |
 *     body    | 7E | u32 microseconds | filler ... |               7E marks a body that carries its time of sending
 *
 * Only every `stampEvery`-th body is a stamped one, so that reading clocks and patching costs next to nothing.
 */

export const PROTOCOL_HEADER = Buffer.from([0x41, 0x4d, 0x51, 0x50, 0, 0, 9, 1]);

export const FRAME_METHOD = 1;
export const FRAME_HEADER = 2;
export const FRAME_BODY = 3;
export const FRAME_END = 0xce;
export const STAMP_MARK = 0x7e;
const FILLER = 0x78;

/** A method is named by its class and method ids packed into 32 bits, as they lie on the wire. */
export const id = (classId: number, methodId: number): number => classId * 65536 + methodId;

export const CONNECTION_START = id(10, 10);
export const CONNECTION_TUNE = id(10, 30);
export const CONNECTION_OPEN_OK = id(10, 41);
export const CONNECTION_CLOSE = id(10, 50);
export const CONNECTION_CLOSE_OK = id(10, 51);
export const CONNECTION_BLOCKED = id(10, 60);
export const CONNECTION_UNBLOCKED = id(10, 61);
export const CHANNEL_OPEN_OK = id(20, 11);
export const CHANNEL_CLOSE = id(20, 40);
export const EXCHANGE_DECLARE_OK = id(40, 11);
export const QUEUE_DECLARE_OK = id(50, 11);
export const QUEUE_BIND_OK = id(50, 21);
export const BASIC_QOS_OK = id(60, 11);
export const BASIC_CONSUME_OK = id(60, 21);
export const BASIC_PUBLISH = id(60, 40);
export const BASIC_DELIVER = id(60, 60);
export const BASIC_ACK = id(60, 80);
export const BASIC_NACK = id(60, 120);
export const CONFIRM_SELECT_OK = id(85, 11);

export const u8 = (value: number): Buffer => Buffer.from([value]);

export const u16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
};

export const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

export const u64 = (value: number): Buffer => Buffer.concat([u32(Math.floor(value / 2 ** 32)), u32(value >>> 0)]);

export const shortstr = (text: string): Buffer => Buffer.concat([u8(Buffer.byteLength(text)), Buffer.from(text)]);
export const longstr = (text: string): Buffer => Buffer.concat([u32(Buffer.byteLength(text)), Buffer.from(text)]);

/** A field table with boolean values, and tables of them: all that a client has to say about itself. */
export type Flags = { [key: string]: boolean | Flags };

export function table(flags: Flags = {}): Buffer {
  const fields = Object.entries(flags).map(([key, value]) =>
    typeof value === 'boolean'
      ? Buffer.concat([shortstr(key), Buffer.from('t'), u8(value ? 1 : 0)])
      : Buffer.concat([shortstr(key), Buffer.from('F'), table(value)]),
  );
  const body = Buffer.concat(fields);
  return Buffer.concat([u32(body.length), body]);
}

export function frame(type: number, channel: number, ...parts: Buffer[]): Buffer {
  const payload = Buffer.concat(parts);
  return Buffer.concat([u8(type), u16(channel), u32(payload.length), payload, u8(FRAME_END)]);
}

export const method = (channel: number, methodId: number, ...fields: Buffer[]): Buffer =>
  frame(FRAME_METHOD, channel, u32(methodId), ...fields);

export interface MessageShape {
  exchange: string;
  routingKey: string;
  bodyBytes: number;
  persistent: boolean;
}

export interface Block {
  bytes: Buffer;
  stride: number;
  /** Messages in the block. */
  count: number;
  /** Where the first message's body begins. */
  bodyAt: number;
  /** 0 = no body is stamped. */
  stampEvery: number;
}

/** A block of publishes on channel 1, as many as fit into `blockBytes`, at least one. */
export function publishBlock(shape: MessageShape, blockBytes: number, stampEvery: number): Block {
  const publish = method(1, BASIC_PUBLISH, u16(0), shortstr(shape.exchange), shortstr(shape.routingKey), u8(0));
  return repeat(Buffer.concat([publish, content(shape)]), shape.bodyBytes, blockBytes, stampEvery);
}

/** A block of deliveries as a broker would send them, for the stand-in server; all with delivery tag 1, unstamped. */
export function deliverBlock(shape: MessageShape, blockBytes: number): Block {
  const { exchange, routingKey } = shape;
  const deliver = method(1, BASIC_DELIVER, shortstr('c'), u64(1), u8(0), shortstr(exchange), shortstr(routingKey));
  return repeat(Buffer.concat([deliver, content(shape)]), shape.bodyBytes, blockBytes, 0);
}

function content(shape: MessageShape): Buffer {
  const deliveryModeFlag = 0x1000;
  const properties = shape.persistent ? Buffer.concat([u16(deliveryModeFlag), u8(2)]) : u16(0);
  const header = frame(FRAME_HEADER, 1, u16(60), u16(0), u64(shape.bodyBytes), properties);
  return Buffer.concat([header, frame(FRAME_BODY, 1, Buffer.alloc(shape.bodyBytes, FILLER))]);
}

function repeat(message: Buffer, bodyBytes: number, blockBytes: number, stampEvery: number): Block {
  const count = Math.max(1, Math.floor(blockBytes / message.length));
  const bytes = Buffer.concat(Array.from({ length: count }, () => message));
  const bodyAt = message.length - bodyBytes - 1;
  for (let i = 0; stampEvery > 0 && i < count; i += stampEvery) bytes[i * message.length + bodyAt] = STAMP_MARK;
  return { bytes, stride: message.length, count, bodyAt, stampEvery };
}
