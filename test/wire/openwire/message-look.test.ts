/**
 * A look at a stored message says the same as decoding it, and a stored message in a dispatch is the same as a
 * written one.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MessageLook } from '../../../src/wire/openwire/message-look.ts';
import { defaultDecodingLimits, OpenWireError, STORED_FORMAT } from '../../../src/wire/openwire/protocol.ts';
import { StructureReader } from '../../../src/wire/openwire/reader.ts';
import { FAMILIES, SCHEMA } from '../../../src/wire/openwire/schema.ts';
import { type Draft, EncodedStructure, type Message } from '../../../src/wire/openwire/structures.ts';
import { StructureWriter } from '../../../src/wire/openwire/writer.ts';
import { emptyDraft, fullDraft } from './drafts.ts';

const writer = new StructureWriter(STORED_FORMAT);

/** In the middle of something else, as in a block of the journal. */
function stored(draft: Draft): { readonly bytes: Uint8Array; readonly start: number; readonly end: number } {
  const encoded = writer.encode(draft);
  const bytes = new Uint8Array(encoded.length + 20).fill(0xff);
  bytes.set(encoded, 10);
  return { bytes, start: 10, end: 10 + encoded.length };
}

function decoded(bytes: Uint8Array, start: number, end: number): Message {
  return new StructureReader(STORED_FORMAT, defaultDecodingLimits).read(bytes, start, end) as Message;
}

describe('a look', () => {
  for (const name of FAMILIES.Message) {
    test(`at a ${name}: every field`, () => {
      const look = new MessageLook();
      for (const draft of [fullDraft(name), emptyDraft(name)]) {
        const { bytes, start, end } = stored(draft);
        const message = decoded(bytes, start, end) as unknown as Readonly<Record<string, unknown>>;
        look.at(bytes, start, end);
        assert.equal(look.type, SCHEMA[name].type);
        for (const [field, description] of Object.entries(SCHEMA.PlainMessage.fields)) {
          const seen = seenField(look, field as never, description.split(' ')[0] as string);
          if (seen !== undefined) assert.deepEqual(seen, message[field], field);
        }
      }
    });
  }

  function seenField(look: MessageLook, field: never, kind: string): unknown {
    switch (kind) {
      case 'bool':
        return look.bool(field);
      case 'byte':
      case 'int':
      case 'long':
        return look.number(field);
      case 'string':
        return look.text(field);
      case 'view':
        return look.range(field) ? look.bytes.subarray(look.rangeStart, look.rangeEnd) : null;
      case 'nested':
      case 'cached':
        return look.structure(field);
      default:
        return undefined;
    }
  }

  test('a field is changed in place', () => {
    const { bytes, start, end } = stored({ type: 'TextMessage', redeliveryCounter: 1, persistent: true });
    const look = new MessageLook();
    look.at(bytes, start, end);
    bytes[look.place('redeliveryCounter') + 3] = 7;
    bytes[look.place('persistent')] = 0;
    assert.equal(decoded(bytes, start, end).redeliveryCounter, 7);
    assert.equal(look.bool('persistent'), false);
  });

  test('what is cut, and what is no message', () => {
    const look = new MessageLook();
    const bytes = writer.encode(fullDraft('TextMessage'));
    for (let cut = 0; cut < bytes.length; cut++) {
      assert.throws(() => look.at(bytes, 0, cut), OpenWireError, `cut at ${cut}`);
    }
    for (const draft of [fullDraft('ConnectionInfo'), fullDraft('WireFormatInfo')]) {
      const other = writer.encode(draft);
      assert.throws(() => look.at(other, 0, other.length), /is no message/);
    }
    let message: Draft = { type: 'TextMessage' };
    for (let depth = 0; depth < 100; depth++) message = { type: 'TextMessage', dataStructure: message as never };
    const nested = writer.encode(message);
    assert.throws(() => look.at(nested, 0, nested.length), /nests deeper/);
  });
});

describe('a stored message in a dispatch', () => {
  test('is the same as one that is written', () => {
    const message = fullDraft('TextMessage') as Message;
    const { bytes, start, end } = stored(message);
    const head = { type: 'MessageDispatch', redeliveryCounter: 3 } as const;
    const copied = writer.encode({ ...head, message: new EncodedStructure(bytes, start, end) });
    assert.deepEqual(copied, writer.encode({ ...head, message }));
  });

  test('fits in frames of its own format only', () => {
    const encoded = new EncodedStructure(new Uint8Array(1), 0, 1);
    for (const format of [
      { ...STORED_FORMAT, version: 11 },
      { ...STORED_FORMAT, isTight: true },
      { ...STORED_FORMAT, cacheEntries: 5 },
    ]) {
      const other = new StructureWriter(format);
      assert.throws(() => other.encode({ type: 'MessageDispatch', message: encoded }), /not its own/);
    }
  });
});
