/**
 * Commands: what RocketMQ's own classes wrote is read, in both forms; what is written is read back; what is broken is a
 * RocketmqWireError and nothing else.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Command } from '../../../src/wire/rocketmq/command.ts';
import { numberRoom, textRoom } from '../../../src/wire/rocketmq/command-writer.ts';
import { LANGUAGE, SERIALIZE, VERSION } from '../../../src/wire/rocketmq/constants.ts';
import { RANGES_MAX } from '../../../src/wire/rocketmq/named-ranges.ts';
import { REQUEST, requestName } from '../../../src/wire/rocketmq/request-codes.ts';
import { RESPONSE } from '../../../src/wire/rocketmq/response-codes.ts';
import { RocketmqWireError } from '../../../src/wire/rocketmq/wire-error.ts';
import { Random } from './random.ts';
import { commandOf, fieldsOf, hexOf, openWriter, samples } from './wiring.ts';

const PROPERTIES =
  'note\x01a "quoted" \\ b/ü€😀\x02' +
  'KEYS\x01key-1 key-2\x02UNIQ_KEY\x017F000001000118B4AAC2000000000001\x02WAIT\x01true\x02TAGS\x01paid\x02';

/** A frame with this JSON as its header. */
function jsonFrame(header: string): Buffer {
  const text = Buffer.from(header);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(4 + text.length);
  head.writeUInt32BE(text.length, 4);
  return Buffer.concat([head, text]);
}

/** A frame with a binary header: code 10, JAVA, version 1, opaque 2, flag 0, and what is given. */
function binaryFrame(remark: string, fields: string): Buffer {
  const header = Buffer.from(`000a0000010000000200000000${remark}${fields}`, 'hex');
  const head = Buffer.alloc(8);
  head.writeUInt32BE(4 + header.length);
  head.writeUInt32BE(0x100_0000 + header.length, 4);
  return Buffer.concat([head, header]);
}

test('requests of a Java client', () => {
  for (const name of ['send_v2_JSON', 'send_v2_ROCKETMQ', 'send_v2_FAST']) {
    const command = commandOf(hexOf(samples.commands, name));
    assert.equal(command.code, REQUEST.SEND_MESSAGE_V2);
    assert.equal(command.serializeType, name.endsWith('JSON') ? SERIALIZE.JSON : SERIALIZE.ROCKETMQ);
    assert.deepEqual(
      [command.language, command.version, command.opaque, command.flag, command.remark],
      [LANGUAGE.JAVA, VERSION.V5_3_3, 77, 0, null],
    );
    assert.equal(Buffer.from(command.bytes.subarray(command.bodyStart, command.bodyEnd)).toString(), 'hello');
    assert.deepEqual(fieldsOf(command), {
      a: 'group-a',
      b: 'orders',
      c: 'TBW102',
      d: '4',
      e: '3',
      f: '0',
      g: '1700000000123',
      h: '5',
      i: PROPERTIES,
      j: '0',
      k: 'false',
      l: '16',
      m: 'false',
    });
  }
});

test('codes of pop lose their upper half in the binary form and get it back', () => {
  for (const name of ['pop_JSON', 'pop_ROCKETMQ'])
    assert.equal(commandOf(hexOf(samples.commands, name)).code, REQUEST.POP_MESSAGE);
  const { writer, written } = openWriter();
  for (const code of Object.values(REQUEST)) {
    writer.begin(SERIALIZE.ROCKETMQ, code, 0, 1, null, 0);
    writer.end(0);
    assert.equal(commandOf(written()).code, code, requestName(code));
  }
  writer.begin(SERIALIZE.ROCKETMQ, 3442, 1, 1, null, 0);
  writer.end(0);
  assert.equal(commandOf(written()).code, 3442, 'of a response it is another number');
  assert.equal(requestName(123_456), 'request 123456');
});

test('a response, a oneway request, a request without fields', () => {
  for (const type of ['JSON', 'ROCKETMQ']) {
    const error = commandOf(hexOf(samples.commands, `error_${type}`));
    assert.deepEqual(
      [error.code, error.opaque, error.isResponse, error.isOneway, error.remark, error.fields.count],
      [RESPONSE.TOPIC_NOT_EXIST, 4, true, false, 'topic[x] not exist\nü', 0],
    );
    const update = commandOf(hexOf(samples.commands, `update_offset_${type}`));
    assert.deepEqual([update.isOneway, update.isResponse, update.fields.long('commitOffset')], [true, false, 7]);
    const heartbeat = commandOf(hexOf(samples.commands, `heartbeat_${type}`));
    assert.deepEqual([heartbeat.fields.count, heartbeat.bodyBytes], [0, 2]);
  }
});

test('a header is read again as it was written', () => {
  const { writer, written } = openWriter();
  for (let seed = 1; seed <= 300; seed++) {
    const random = new Random(seed);
    const type = random.pick([SERIALIZE.JSON, SERIALIZE.ROCKETMQ]);
    const texts = Array.from({ length: random.int(20) }, (_, index) => [`name${index}`, random.text(60)] as const);
    const long = random.int64();
    const remark = random.once(2) ? random.text(300) : null;
    const opaque = random.int32();
    const body = random.bytes(random.int(200));
    const room = texts.reduce((sum, [name, value]) => sum + textRoom(name, value.length), numberRoom('long') * 2);
    writer.begin(type, 10, 2, opaque, remark, room);
    for (const [name, value] of texts) {
      if (random.once(2)) writer.text(name, value);
      else {
        const bytes = Buffer.from(`--${value}-`);
        writer.range(name, bytes, 2, bytes.length - 1);
      }
    }
    writer.number('long', long);
    writer.flag('flag', seed % 2 === 0);
    writer.end(body.length);
    writer.out.append(body);
    const command = commandOf(written());
    const expected = { ...Object.fromEntries(texts), long: String(long), flag: String(seed % 2 === 0) };
    assert.deepEqual(fieldsOf(command), expected, `seed ${seed}`);
    assert.deepEqual([command.opaque, command.remark, command.flag], [opaque, remark, 2], `seed ${seed}`);
    assert.deepEqual(Buffer.from(command.bytes.subarray(command.bodyStart, command.bodyEnd)), body);
    assert.deepEqual([command.fields.long('long'), command.fields.flag('flag')], [long, seed % 2 === 0]);
    if (type === SERIALIZE.JSON) {
      const header = Buffer.from(command.bytes.subarray(8, command.bodyStart)).toString();
      assert.deepEqual(JSON.parse(header).extFields, expected, 'standard JSON');
    }
  }
});

test('a header that no slab can hold is written all the same', () => {
  const { writer, written } = openWriter();
  const id = '7F00000100002A9F0003824430F8500D,'.repeat(5000);
  for (const type of [SERIALIZE.JSON, SERIALIZE.ROCKETMQ]) {
    writer.out.append(Buffer.from('before'));
    writer.begin(type, 0, 1, 5, null, textRoom('msgId', id.length));
    writer.text('msgId', id);
    writer.end(0);
    assert.equal(commandOf(written().subarray(6)).fields.text('msgId'), id);
  }
});

test('what was not reserved is not written beyond', () => {
  const { writer } = openWriter();
  writer.begin(SERIALIZE.ROCKETMQ, 0, 1, 5, null, 0);
  writer.text('name', 'x'.repeat(500));
  assert.throws(() => writer.end(0), /exceeds what was reserved/);
});

test('JSON as others write it', () => {
  const command = commandOf(
    jsonFrame(
      ' { "opaque" : "12" ,\n"code":10,"unknown":{"a":[1,{"b":"]}"}],"c":null},"more":[],"version":317,' +
        '"language":"GO","flag":0,"remark":null,"extFields":{"n":5,"t":true,"none":null,' +
        '"e":"\\u0041\\ud83d\\ude00\\u20ac\\/\\t\\ud83dx\\ud83d\\u0042\\ude00\\ud83d","nested":{"x":"y"},"":""}}',
    ),
  );
  assert.deepEqual(
    [command.code, command.opaque, command.version, command.language, command.remark],
    [10, 12, 317, LANGUAGE.GO, null],
  );
  assert.deepEqual(fieldsOf(command), { n: '5', t: 'true', e: 'A😀€/\t\uFFFDx\uFFFDB\uFFFD\uFFFD', '': '' });
  assert.equal(commandOf(jsonFrame('{"language":"COBOL","extFields":null}')).language, LANGUAGE.OTHER);
  assert.equal(commandOf(jsonFrame('{"language":"toString"}')).language, LANGUAGE.OTHER);
  assert.equal(commandOf(jsonFrame('{}')).fields.count, 0);
});

test('of two fields with one name the later counts', () => {
  const { fields } = commandOf(jsonFrame('{"extFields":{"a":"1","name":"x","a":"2","name":"y"}}'));
  assert.deepEqual(
    [fields.text('a'), fields.text('name'), fields.text('b'), fields.has('nam')],
    ['2', 'y', null, false],
  );
});

test('numbers and flags', () => {
  const { fields } = commandOf(
    jsonFrame(
      '{"extFields":{"min":"-2147483648","over":"2147483648","max":"9223372036854775807",' +
        '"beyond":"9223372036854775808","least":"-9223372036854775808","zeros":"0000000000000000000000012",' +
        '"text":"1x","empty":"","sign":"-","yes":"TRUE","no":"yes"}}',
    ),
  );
  assert.equal(fields.int('min'), -2147483648);
  assert.equal(fields.long('over'), 2147483648);
  assert.deepEqual([fields.long('max'), fields.long('least'), fields.long('zeros')], [2 ** 63, -(2 ** 63), 12]);
  assert.deepEqual([fields.flag('yes'), fields.flag('no'), fields.flag('none')], [true, false, null]);
  for (const name of ['over', 'text', 'empty', 'sign'])
    assert.throws(() => fields.int(name), {
      name: 'RocketmqWireError',
      message: new RegExp(`^<${name}> is not a number`),
    });
  assert.throws(() => fields.long('beyond'), /<beyond> is not a number of 64 bits: "9223372036854775808"/);
});

test('broken JSON headers', () => {
  const broken: readonly (readonly [string, RegExp])[] = [
    ['', /is no object/],
    ['[]', /is no object/],
    ['{"code":10', /is cut off/],
    ['{"code"10}', /lacks a colon/],
    ['{"code":}', /lacks a value/],
    ['{"code":1,}', /has a key that is no text/],
    ['{code:1}', /has a key that is no text/],
    ['{"code":1}{', /goes on behind its end/],
    ['{"code":"1', /is cut off in a text/],
    ['{"code":"\\x"}', /unknown escape/],
    ['{"code":"\\u12g4"}', /not hexadecimal/],
    ['{"code":"\\u12', /cut off in an escape/],
    ['{"x":[1,2', /is cut off/],
    ['{"code":"ten"}', /<code> is not a number of 32 bits: "ten"/],
    [`{"x":${'['.repeat(100_000)}`, /is cut off/],
  ];
  for (const [header, message] of broken)
    assert.throws(() => commandOf(jsonFrame(header)), { name: 'RocketmqWireError', message }, header.slice(0, 40));
});

test('broken binary headers', () => {
  const broken: readonly (readonly [string, string, RegExp])[] = [
    ['', '', /is cut off/],
    ['00000006', '6161000000', /announces 6 bytes where 5 are left/],
    ['ffffffff', '00000000', /announces -1 bytes/],
    ['00000000', '00000001', /announces 1 bytes/],
    ['00000000', '0000000000', /goes on behind/],
    ['00000000', '00000001ff', /cut off in a length/],
    ['00000000', '00000003000161', /cut off in a length/],
    ['00000000', '00000007800061000000ff', /announces|goes on/],
    ['00000000', '0000000700016100000001', /announces 1 bytes where 0 are left/],
  ];
  for (const [remark, fields, message] of broken)
    assert.throws(() => commandOf(binaryFrame(remark, fields)), { name: 'RocketmqWireError', message }, fields);
  assert.deepEqual(
    fieldsOf(commandOf(binaryFrame('00000000', '0000000700016100000000'))),
    {},
    'an empty value is none',
  );
  assert.throws(() => new Command().read(new Uint8Array(3), 0, 3), RocketmqWireError);
});

test('more fields than anybody sends are refused', () => {
  const fields = Array.from({ length: RANGES_MAX + 1 }, (_, index) => `"n${index}":"1"`);
  assert.throws(() => commandOf(jsonFrame(`{"extFields":{${fields.join()}}}`)), /more than 4096 fields/);
});

test('cut off at any byte, and with any byte changed, a header is refused or read, and nothing else', () => {
  for (const [name, hex] of Object.entries(samples.commands)) {
    const frame = Buffer.from(hex, 'hex');
    const headerEnd = 8 + (frame.readUInt32BE(4) & 0xff_ffff);
    const command = new Command();
    command.read(frame, 4, frame.length);
    // From the end, so that what is missing was there a moment ago.
    for (let end = headerEnd - 1; end >= 8; end--) {
      const part = Buffer.from(frame.subarray(4, end));
      part.writeUInt32BE((frame.readUInt32BE(4) & 0xff00_0000) + (end - 8), 0);
      assert.throws(() => command.read(part, 0, part.length), RocketmqWireError, `${name} cut at ${end}`);
    }
    for (let seed = 1; seed <= 500; seed++) {
      const random = new Random(seed);
      const changed = Buffer.from(frame);
      for (let count = 1 + random.int(3); count > 0; count--)
        changed[8 + random.int(headerEnd - 8)] = random.pick([
          0,
          1,
          0xff,
          0x7f,
          0x80,
          0x22,
          0x5c,
          0x7b,
          random.int(256),
        ]);
      try {
        command.read(changed, 4, changed.length);
        fieldsOf(command);
      } catch (error) {
        assert.ok(error instanceof RocketmqWireError, `${name}, seed ${seed}: ${error}`);
      }
    }
  }
});

test('random bytes as headers', () => {
  const command = new Command();
  for (let seed = 1; seed <= 3000; seed++) {
    const random = new Random(seed);
    const frame = Buffer.concat([Buffer.alloc(4), random.bytes(random.int(120))]);
    frame.writeUInt32BE(random.int(2) * 0x100_0000 + (frame.length - 4));
    try {
      command.read(frame, 0, frame.length);
    } catch (error) {
      assert.ok(error instanceof RocketmqWireError, `seed ${seed}: ${error}`);
    }
  }
});
