/**
 * Reader and writer by themselves: values come back in every version and form, and bytes that are no structure are an
 * OpenWireError, wherever they go wrong.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SlabWriter } from '../../../src/bytes/slab-writer.ts';
import { plansOf } from '../../../src/wire/openwire/plans.ts';
import {
  type DecodingLimits,
  defaultDecodingLimits,
  OpenWireError,
  type WireFormat,
} from '../../../src/wire/openwire/protocol.ts';
import { StructureReader } from '../../../src/wire/openwire/reader.ts';
import { SCHEMA, type StructureSchema } from '../../../src/wire/openwire/schema.ts';
import type { Draft, Structure } from '../../../src/wire/openwire/structures.ts';
import { StructureWriter } from '../../../src/wire/openwire/writer.ts';
import { Random } from '../../simulation/random.ts';
import { emptyDraft, fullDraft, NAMES } from './drafts.ts';

const LOOSE: WireFormat = { version: 12, isTight: false, cacheEntries: 0, hasStackTraces: false };
const TIGHT: WireFormat = { ...LOOSE, isTight: true };
const FORMS: Readonly<Record<string, WireFormat>> = {
  loose: LOOSE,
  tight: TIGHT,
  'loose, cached': { ...LOOSE, cacheEntries: 1024 },
  'tight, cached, with stack traces': { ...TIGHT, cacheEntries: 1024, hasStackTraces: true },
};

function read(bytes: Uint8Array, format: WireFormat = LOOSE, limits: Partial<DecodingLimits> = {}): Structure | null {
  return new StructureReader(format, { ...defaultDecodingLimits, ...limits }).read(bytes, 0, bytes.length);
}

const encode = (draft: Draft, format: WireFormat = LOOSE): Uint8Array => new StructureWriter(format).encode(draft);

/** A draft as it is read again in a version: fields that it lacks have their defaults, in nested structures too. */
function asRead(value: unknown, version: number): unknown {
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  if (Array.isArray(value)) return value.map((item) => asRead(item, version));
  if (typeof value !== 'object' || value === null || !('type' in value)) return value;
  const plan = plansOf(version).byName(value.type as string);
  const read: Record<string, unknown> = { ...plan.template };
  const given = value as Readonly<Record<string, unknown>>;
  for (const { name } of plan.fields) read[name] = asRead(given[name] ?? plan.template[name], version);
  return read;
}

describe('every structure', () => {
  test('has a type of its own, and fields whose descriptions are understood', () => {
    const types = Object.values(SCHEMA).map(({ type }) => type);
    assert.equal(new Set(types).size, types.length);
    for (let version = 1; version <= 12; version++) {
      for (const name of NAMES) {
        const plan = plansOf(version).byName(name);
        const all = Object.keys((SCHEMA[name] as StructureSchema).fields);
        assert.deepEqual(Object.keys(plan.template), ['type', ...all]);
      }
    }
    assert.throws(() => plansOf(0), OpenWireError);
    assert.throws(() => plansOf(13), OpenWireError);
  });

  for (const [title, form] of Object.entries(FORMS)) {
    test(`comes back: ${title}`, () => {
      for (let version = 1; version <= 12; version++) {
        const format = { ...form, version };
        const writer = new StructureWriter(format);
        const reader = new StructureReader(format, defaultDecodingLimits);
        for (const draft of NAMES.flatMap((name) => [fullDraft(name), emptyDraft(name), fullDraft(name)])) {
          const bytes = Uint8Array.from(writer.encode(draft));
          const structure = reader.read(bytes, 0, bytes.length);
          assert.deepEqual(asRead(structure, version), asRead(draft, version), `${draft.type} in version ${version}`);
        }
      }
    });

    test(`cut at every byte: ${title}`, () => {
      for (const name of NAMES) {
        const bytes = encode(fullDraft(name), form);
        for (let cut = 0; cut < bytes.length; cut++) {
          assert.throws(() => read(bytes.subarray(0, cut), form), OpenWireError, `${name} cut at ${cut}`);
        }
        const longer = new Uint8Array(bytes.length + 5);
        longer.set(bytes);
        assert.equal(read(longer, form)?.type, name, 'what follows is ignored');
      }
    });

    test(`with bytes changed at random: ${title}`, () => {
      const random = new Random(20261123);
      for (const name of NAMES) {
        const bytes = encode(fullDraft(name), form);
        for (let round = 0; round < 400; round++) {
          const broken = Uint8Array.from(bytes);
          for (let change = 0; change <= random.below(4); change++) {
            broken[random.below(broken.length)] = random.pick([0, 1, 0x7f, 0x80, 0xff, random.below(256)]) as number;
          }
          try {
            read(broken, form);
          } catch (error) {
            assert.ok(error instanceof OpenWireError, `${name} round ${round}: ${error}`);
          }
        }
      }
    });
  }

  test('random bytes', () => {
    const random = new Random(7);
    const types = Object.values(SCHEMA).map(({ type }) => type);
    for (let round = 0; round < 20_000; round++) {
      const bytes = Uint8Array.from({ length: 1 + random.below(80) }, () => random.below(random.once(2) ? 3 : 256));
      bytes[0] = random.pick(types) as number;
      try {
        read(bytes, random.once(2) ? LOOSE : TIGHT);
      } catch (error) {
        assert.ok(error instanceof OpenWireError, `round ${round}: ${error}`);
      }
    }
  });
});

describe('frames', () => {
  test('have their size in front, whatever the slabs', () => {
    const pieces: Uint8Array[] = [];
    const slab = new SlabWriter({
      write(bytes, release) {
        pieces.push(bytes.slice());
        release?.();
      },
    });
    const writers = [new StructureWriter(LOOSE), new StructureWriter(TIGHT)];
    const draft = { type: 'BytesMessage', content: new Uint8Array(200_000).fill(7) } as const;
    for (const writer of writers) writer.write(draft, slab);
    slab.flush();
    const stream = Buffer.concat(pieces);
    let at = 0;
    for (const format of [LOOSE, TIGHT]) {
      const size = stream.readUInt32BE(at);
      const message = read(stream.subarray(at + 4, at + 4 + size), format);
      assert.ok(message?.type === 'BytesMessage' && message.content?.length === 200_000);
      at += 4 + size;
    }
    assert.equal(at, stream.length);
  });

  test('that hold nothing', () => {
    assert.equal(read(Uint8Array.of(0)), null);
    assert.equal(read(Uint8Array.of(0), TIGHT), null);
  });

  test('with more bits than one byte can count', () => {
    for (const count of [100, 600, 3000]) {
      const draft: Draft = {
        type: 'ConnectionInfo',
        brokerPath: Array.from({ length: count }, (_, index) => ({ type: 'BrokerId', value: `b${index}` }) as const),
      };
      const structure = read(encode(draft, TIGHT), TIGHT);
      assert.ok(structure?.type === 'ConnectionInfo');
      assert.equal(structure.brokerPath?.length, count);
      assert.equal(structure.brokerPath?.at(-1)?.value, `b${count - 1}`);
    }
  });

  test('what is cached or kept is no part of the frame, content is', () => {
    const bytes = encode({ type: 'XATransactionId', formatId: 1, globalTransactionId: Uint8Array.of(1, 2) });
    const id = read(bytes);
    bytes.fill(0);
    assert.ok(id?.type === 'XATransactionId');
    assert.deepEqual(id.globalTransactionId, Uint8Array.of(1, 2));
    const message = encode({ type: 'BytesMessage', content: Uint8Array.of(1, 2) });
    const view = read(message);
    assert.ok(view?.type === 'BytesMessage');
    assert.equal(view.content?.buffer, message.buffer);
  });

  test('a message that carries a size and bits of its own', () => {
    const inner = encode({ type: 'TextMessage', correlationId: 'c' }, TIGHT);
    const dispatch = encode({ type: 'MessageDispatch', message: { type: 'TextMessage' } }, TIGHT);
    // responseRequired, consumer, destination: no; message: yes; of its own: yes.
    const bits = Uint8Array.of(0b0001_1000);
    const head = [dispatch[0] as number, bits.length, ...bits, 0, 0, 0, 0];
    const nested = [28, 0, 0, 0, inner.length, ...inner];
    const structure = read(Uint8Array.from([...head, ...nested, 0, 0, 0, 9]), TIGHT);
    assert.ok(structure?.type === 'MessageDispatch');
    assert.equal(structure.message?.correlationId, 'c');
    assert.equal(structure.redeliveryCounter, 9);
  });
});

describe('numbers and texts', () => {
  test('longs', () => {
    const longs = [
      0,
      1,
      65_535,
      65_536,
      2 ** 31,
      2 ** 32 - 1,
      2 ** 32,
      2 ** 53 - 1,
      -1,
      -(2 ** 53),
      -(2 ** 63),
      2 ** 63,
    ];
    for (const value of longs) {
      for (const format of [LOOSE, TIGHT]) {
        const bytes = encode({ type: 'SessionId', value }, format);
        const id = read(bytes, format);
        assert.ok(id?.type === 'SessionId');
        assert.equal(id.value, value);
        assert.deepEqual(encode(id, format), bytes);
      }
    }
  });

  test('texts', () => {
    const texts = [
      '',
      'a',
      '\u0000',
      'é',
      '\u07ff\u0800\uffff',
      '😀',
      '\ud800',
      '\udc00x',
      'x'.repeat(20_000),
      '漢'.repeat(9000),
    ];
    for (const value of texts) {
      for (const format of [LOOSE, TIGHT]) {
        assert.deepEqual(read(encode({ type: 'BrokerId', value }, format), format), { type: 'BrokerId', value });
      }
    }
  });

  test('a text that does not fit is refused', () => {
    const loose = encode({ type: 'BrokerId', value: 'x'.repeat(65_535) });
    assert.equal((read(loose) as { value: string }).value.length, 65_535);
    assert.throws(() => encode({ type: 'BrokerId', value: 'x'.repeat(65_536) }), /a text of 65536 bytes/);
    assert.throws(() => encode({ type: 'BrokerId', value: '漢'.repeat(11_000) }, TIGHT), /32766 are the most/);
  });

  test('what is no text is read as U+FFFD', () => {
    const bytes = encode({ type: 'BrokerId', value: 'abcd' });
    bytes.set([0xc0, 0x61, 0xff, 0xed], bytes.length - 4);
    assert.deepEqual(read(bytes), { type: 'BrokerId', value: '\ufffda\ufffd\ufffd' });
  });
});

describe('what is refused', () => {
  test('types that nobody has given, and structures in places that are not theirs', () => {
    assert.throws(() => read(Uint8Array.of(99)), /unknown data type 99/);
    assert.throws(() => read(Uint8Array.of(255)), /unknown data type 255/);
    const wrong = { type: 'SessionInfo', sessionId: { type: 'ConnectionId', value: 'x' } } as unknown as Draft;
    for (const format of Object.values(FORMS)) {
      assert.throws(() => read(encode(wrong, format), format), /ConnectionId can't stand in sessionId/);
    }
  });

  test('lengths that are not there are not allocated', () => {
    const content = (length: number): Uint8Array => {
      const bytes = encode({ type: 'XATransactionId', globalTransactionId: new Uint8Array(3) });
      new DataView(bytes.buffer).setUint32(6, length);
      return bytes;
    };
    assert.ok(read(content(3)));
    for (const length of [9, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff])
      assert.throws(() => read(content(length)), /expected/);
  });

  test('counts', () => {
    const array = encode({ type: 'DataArrayResponse', data: [] });
    array.set([0xff, 0xff], array.length - 2);
    assert.throws(() => read(array), /a count of -1/);
    array.set([0x7f, 0xff], array.length - 2);
    assert.throws(() => read(array), /more than 16384 elements/);
    array.set([0x01, 0x00], array.length - 2);
    assert.throws(() => read(array), /1 bytes expected/);
  });

  test('nesting without end', () => {
    let message: Draft = { type: 'TextMessage' };
    for (let depth = 0; depth < 100; depth++) message = { type: 'TextMessage', dataStructure: message as never };
    for (const format of [LOOSE, TIGHT])
      assert.throws(() => read(encode(message, format), format), /nests deeper than 16/);
    let broker: Draft = { type: 'BrokerInfo' };
    for (let depth = 0; depth < 100; depth++) broker = { type: 'BrokerInfo', peerBrokerInfos: [broker as never] };
    assert.throws(() => read(encode(broker)), /nests deeper than 16/);
    let exception: { className: string; message: string; cause: unknown } | null = null;
    for (let depth = 0; depth < 100; depth++) exception = { className: 'E', message: 'm', cause: exception };
    const traces = { ...LOOSE, hasStackTraces: true };
    const response = { type: 'ExceptionResponse', exception } as Draft;
    assert.throws(() => read(encode(response, traces), traces), /nests deeper than 16/);
  });
});

describe('the cache', () => {
  const queue = (name: string): Draft => ({ type: 'ProducerInfo', destination: { type: 'Queue', physicalName: name } });

  for (const isTight of [false, true]) {
    const format = { ...LOOSE, isTight, cacheEntries: 4 };

    test(`${isTight ? 'tight' : 'loose'}: the second time is shorter, and the oldest are overwritten`, () => {
      const writer = new StructureWriter(format);
      const reader = new StructureReader(format, defaultDecodingLimits);
      const lengths = ['a', 'a', 'b', 'c', 'd', 'e', 'a', 'e', 'd'].map((name) => {
        const bytes = writer.encode(queue(name.repeat(30)));
        const structure = reader.read(bytes, 0, bytes.length);
        assert.ok(structure?.type === 'ProducerInfo');
        assert.equal(structure.destination?.physicalName, name.repeat(30));
        return bytes.length > 40;
      });
      assert.deepEqual(lengths, [true, false, true, true, true, true, true, false, false]);
    });

    test(`${isTight ? 'tight' : 'loose'}: random ids in a small cache`, () => {
      const writer = new StructureWriter(format);
      const reader = new StructureReader(format, defaultDecodingLimits);
      const random = new Random(3);
      for (let round = 0; round < 2000; round++) {
        const connectionId = { type: 'ConnectionId', value: `c${random.below(4)}` } as const;
        const draft: Draft = {
          type: 'TransactionInfo',
          connectionId: random.once(4) ? null : connectionId,
          transactionId: random.once(4) ? null : { type: 'LocalTransactionId', value: random.below(3), connectionId },
        };
        const bytes = writer.encode(draft);
        assert.deepEqual(reader.read(bytes, 0, bytes.length), asRead(draft, 12), `round ${round}`);
      }
    });
  }

  test('after a frame that could not be written, nothing is taken for sent', () => {
    const writer = new StructureWriter(FORMS['loose, cached'] as WireFormat);
    const info = { type: 'ConsumerInfo', consumerId: { type: 'ConsumerId', connectionId: 'c' } } as const;
    assert.throws(() => writer.encode({ ...info, selector: 'x'.repeat(70_000) }), OpenWireError);
    const structure = read(writer.encode(info), FORMS['loose, cached']);
    assert.ok(structure?.type === 'ConsumerInfo');
    assert.equal(structure.consumerId?.connectionId, 'c');
  });

  const format = { ...LOOSE, cacheEntries: 4 };
  /** A SessionInfo whose id is at a position, or is put there. */
  const session = (position: number, id: string | null): Uint8Array => {
    const bytes = encode({ type: 'SessionInfo', sessionId: { type: 'SessionId', connectionId: id } });
    const head = [...bytes.subarray(0, 6), id === null ? 0 : 1, position >> 8, position & 0xff];
    return Uint8Array.from(id === null ? head : [...head, ...bytes.subarray(6)]);
  };

  test('positions that are not there, or hold something else', () => {
    for (const position of [4, 1000, -2, -1])
      assert.throws(() => read(session(position, null), format), /cached|position/);
    assert.throws(() => read(session(4, 'x'), format), /position 4 in a cache of 4/);
    assert.throws(() => read(session(-2, 'x'), format), /position -2/);
    assert.ok(read(session(-1, 'x'), format), 'not cached');
    const reader = new StructureReader(format, defaultDecodingLimits);
    const first = session(0, 'x');
    assert.ok(reader.read(first, 0, first.length));
    const connection = encode({ type: 'ConnectionInfo' });
    const bytes = Uint8Array.from([...connection.subarray(0, 6), 0, 0, 0, ...connection.subarray(7)]);
    assert.throws(() => reader.read(bytes, 0, bytes.length), /SessionId can't stand in connectionId/);
  });

  test('holds a bounded number of bytes, also when positions are used again', () => {
    const reader = new StructureReader(format, { ...defaultDecodingLimits, cacheBytesMax: 1000 });
    const put = (position: number, length: number): void => {
      const bytes = session(position, 'x'.repeat(length));
      reader.read(bytes, 0, bytes.length);
    };
    for (let round = 0; round < 100; round++) put(round % 2, 400);
    assert.throws(() => put(2, 400), /more than 1000 bytes in the cache/);
  });
});
