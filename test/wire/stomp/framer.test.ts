/**
 * Reading frames: by hand, cut at every byte, at random places, and everything that is a fault.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { StompVersion } from '../../../src/wire/stomp/protocol.ts';
import { Random } from '../../simulation/random.ts';
import { framerOf, read, readText, seenBy } from './kit.ts';

describe('frames', () => {
  test('with and without headers and bodies', () => {
    assert.deepEqual(readText('CONNECT\naccept-version:1.2\nhost:/\n\n\0'), [
      {
        command: 'CONNECT',
        headers: [
          ['accept-version', '1.2'],
          ['host', '/'],
        ],
        body: '',
      },
    ]);
    assert.deepEqual(readText('SEND\ndestination:/queue/a\n\nhello\0\nDISCONNECT\n\n\0', '1.2'), [
      { command: 'SEND', headers: [['destination', '/queue/a']], body: 'hello' },
      { command: 'DISCONNECT', headers: [], body: '' },
    ]);
  });

  test('a body of given length may hold NUL, and may be empty', () => {
    const [frame] = readText('SEND\ncontent-length:5\n\na\0b\0\n\0');
    assert.equal(frame?.body, 'a\0b\0\n');
    assert.equal(readText('SEND\ncontent-length: 0 \n\n\0')[0]?.body, '');
    const framer = framerOf();
    framer.push(Buffer.from('SEND\n\nabc\0SEND\ncontent-length:1\n\na\0'));
    assert.ok(framer.next());
    assert.equal(framer.frame.hasLength, false);
    assert.ok(framer.next());
    assert.equal(framer.frame.hasLength, true);
  });

  test('line ends between frames are heart-beats', () => {
    assert.equal(readText('\n\r\n\nBEGIN\n\n\0\n\n\r\nABORT\n\n\0\n\n').length, 2);
    const framer = framerOf();
    assert.deepEqual(
      read(
        framer,
        ['\n', '\n\n', '\r', '\n'].map((text) => Buffer.from(text)),
      ),
      [],
    );
    assert.equal(framer.fault, null);
  });

  test('an unknown command is shown as it is', () => {
    assert.equal(readText('HELLO\n\n\0')[0]?.command, '?HELLO');
    assert.equal(readText('send\n\n\0')[0]?.command, '?send');
  });

  test('the first of repeated headers counts', () => {
    const framer = framerOf('1.2');
    framer.push(Buffer.from('MESSAGE\nfoo:World\nfoo:Hello\nfood:x\n\n\0'));
    framer.next();
    assert.equal(framer.frame.header('foo'), 'World');
    assert.equal(framer.frame.header('fo'), null);
    assert.equal(framer.frame.header('food'), 'x');
    assert.equal(framer.frame.headerCount, 3);
  });

  test('header lines can be taken as they came', () => {
    for (const lineEnd of ['\n', '\r\n']) {
      const framer = framerOf('1.2');
      const lines = `a:1${lineEnd}b:\\c2${lineEnd}`;
      framer.push(Buffer.from(`SEND${lineEnd}${lines}${lineEnd}body\0`));
      framer.next();
      const { bytes, headStart, headEnd } = framer.frame;
      assert.equal(Buffer.from(bytes.slice(headStart, headEnd)).toString(), lines);
    }
  });
});

describe('versions', () => {
  const headers = (text: string, version: StompVersion | null): unknown => readText(text, version)[0]?.headers;

  test('escapes', () => {
    const text = 'SEND\na\\cb:x\\ny\\\\n\\\\\n\n\0';
    assert.deepEqual(headers(text, '1.0'), [['a\\cb', 'x\\ny\\\\n\\\\']]);
    assert.deepEqual(headers(text, '1.1'), [['a:b', 'x\ny\\n\\']]);
    assert.deepEqual(headers(text, '1.2'), [['a:b', 'x\ny\\n\\']]);
    assert.deepEqual(headers('SEND\na:x\\ry\n\n\0', '1.2'), [['a', 'x\ry']]);
    assert.throws(() => headers('SEND\na:x\\ry\n\n\0', '1.1'), /no escape in STOMP 1.1/);
    assert.throws(() => headers('SEND\na:x\\t\n\n\0', '1.2'), /backslash and "t"/);
    assert.throws(() => headers('SEND\na:x\\\n\n\0', '1.2'), /no escape/);
    assert.deepEqual(headers('CONNECT\nlogin:a\\cb\n\n\0', '1.2'), [['login', 'a\\cb']]);
    assert.deepEqual(headers('SEND\nsnow:caf\xc3\xa9 \\c \xe2\x98\x83\n\n\0', '1.2'), [['snow', 'café : ☃']]);
  });

  test('a value may hold colons that are not escaped', () => {
    assert.deepEqual(headers('SEND\na:b:c::\n\n\0', '1.2'), [['a', 'b:c::']]);
  });

  test('carriage returns', () => {
    const text = 'SEND\r\na:b\r\n\r\nbody\0';
    assert.deepEqual(headers(text, '1.2'), [['a', 'b']]);
    assert.deepEqual(headers(text, '1.1'), [['a', 'b\r']]);
    assert.deepEqual(headers('CONNECT\r\nlogin:b\r\n\r\n\0', null), [['login', 'b']]);
    assert.equal(readText(text, '1.2')[0]?.body, 'body');
  });

  test('spaces around values count, but not in 1.0', () => {
    const text = (command: string): string => `${command}\na: b \n\n\0`;
    assert.deepEqual(headers(text('SEND'), '1.0'), [['a', 'b']]);
    assert.deepEqual(headers(text('SEND'), '1.1'), [['a', ' b ']]);
    assert.deepEqual(headers(text('CONNECT'), null), [['a', 'b']]);
    assert.deepEqual(headers('CONNECT\naccept-version:1.2\na: b \n\n\0', null), [
      ['accept-version', '1.2'],
      ['a', ' b '],
    ]);
    assert.deepEqual(headers('SEND\na:  \n\n\0', '1.0'), [['a', '']]);
  });
});

describe('however it is cut', () => {
  const stream = Buffer.from(
    '\nCONNECT\r\naccept-version:1.2\r\nhost:x\r\n\r\n\0\n\n' +
      `SEND\ndestination:/queue/a\\c\ncontent-length:7\n\n\0\0a\n\nb\0\0` +
      `SEND\nx:${'y'.repeat(700)}\n\n${'z'.repeat(1500)}\0\r\nBEGIN\ntransaction:t\n\n\0ACK\nid:1\n\n\0\n`,
    'latin1',
  );
  const expected = read(framerOf('1.2'), [stream]);

  test('at one place', () => {
    assert.equal(expected.length, 5);
    for (let cut = 1; cut < stream.length; cut++) {
      const framer = framerOf('1.2');
      assert.deepEqual(read(framer, [stream.subarray(0, cut), stream.subarray(cut)]), expected, `cut at ${cut}`);
      assert.equal(framer.fault, null);
    }
  });

  test('into single bytes', () => {
    assert.deepEqual(
      read(
        framerOf('1.2'),
        [...stream].map((byte) => Uint8Array.of(byte)),
      ),
      expected,
    );
  });

  test('at random places, in memory that is overwritten afterwards', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = new Random(seed);
      const framer = framerOf('1.2');
      const seen: unknown[] = [];
      for (let at = 0; at < stream.length; ) {
        const length = 1 + random.below(random.once(2) ? 10 : 900);
        const chunk = Uint8Array.from(stream.subarray(at, at + length));
        framer.push(chunk);
        while (framer.next()) seen.push(seenBy(framer));
        framer.letGo();
        chunk.fill(0x41);
        at += length;
      }
      assert.deepEqual(seen, expected, `seed ${seed}`);
    }
  });

  test('a whole frame is looked at where it is', () => {
    const framer = framerOf('1.2');
    framer.push(stream);
    framer.next();
    assert.equal(framer.frame.bytes, stream);
  });
});

describe('faults', () => {
  const faults: readonly (readonly [text: string, why: RegExp])[] = [
    ['SEND\nno colon\n\n\0', /without a colon/],
    ['SEND\n:x\n\n\0', /without a name/],
    ['SEND\n\0', /empty line missing/],
    ['SEND\na:b\0c\n\n\0', /empty line missing/],
    ['SEND\ncontent-length:x\n\n\0', /not a number/],
    ['SEND\ncontent-length:-1\n\n\0', /not a number/],
    ['SEND\ncontent-length:\n\n\0', /not a number/],
    ['SEND\ncontent-length:1e3\n\n\0', /not a number/],
    ['SEND\ncontent-length:9999999999999999\n\n\0', /not a number/],
    ['SEND\ncontent-length:100001\n\n', /body of more than 100000 bytes/],
    ['SEND\ncontent-length:2\n\nabc\0', /goes on after its content-length/],
    [`SEND\n${'a:b\n'.repeat(51)}\n\0`, /more than 50 headers/],
    [`SEND\na:${'x'.repeat(1023)}\n\n\0`, /line of more than 1024 bytes/],
    ['x'.repeat(1025), /line of more than 1024 bytes/],
    [`SEND\n${`a:${'x'.repeat(1000)}\n`.repeat(17)}\n\0`, /headers of more than 16384 bytes/],
    [`SEND\n\n${'x'.repeat(100_001)}`, /body of more than 100000 bytes/],
  ];
  for (const [text, why] of faults) {
    test(String(why), () => {
      assert.throws(() => readText(text), why);
      const framer = framerOf();
      const bytes = Buffer.from(`${text}\n\nABORT\n\n\0`, 'latin1');
      const chunks = [...bytes].map((byte) => Uint8Array.of(byte));
      assert.deepEqual(read(framer, text.length < 200 ? chunks : [bytes]), []);
      assert.match(String(framer.fault), why);
    });
  }

  test('what is announced is not allocated', () => {
    const framer = framerOf(null, { bodyBytesMax: 1e12 });
    framer.push(Buffer.from('SEND\ncontent-length:999999999999\n\nabc'));
    assert.equal(framer.next(), false);
    assert.equal(framer.fault, null);
  });

  test('exactly at the limits', () => {
    const text = `SEND\n${'a:b\n'.repeat(49)}c:${'x'.repeat(1022)}\n\n${'y'.repeat(100_000)}\0`;
    assert.equal(readText(text)[0]?.headers.length, 50);
  });

  test('random bytes and broken frames never throw', () => {
    const pieces = [
      'SEND',
      'MESSAGE',
      '\n',
      '\n\n',
      '\r\n',
      ':',
      '\0',
      'a',
      '\\c',
      '\\',
      'content-length:3',
      '\xff',
      ' ',
    ];
    for (let seed = 1; seed <= 5000; seed++) {
      const random = new Random(seed);
      const version = random.pick(['1.0', '1.1', '1.2', null] as const) as StompVersion | null;
      const framer = framerOf(version);
      const chunks = Array.from({ length: 6 }, () =>
        Buffer.from(Array.from({ length: random.below(12) }, () => random.pick(pieces)).join(''), 'latin1'),
      );
      read(framer, chunks);
    }
  });
});
