/**
 * Writing frames: what is written is read back the same in every version, and what a version can't say breaks nothing.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { StompVersion } from '../../../src/wire/stomp/protocol.ts';
import { Random } from '../../simulation/random.ts';
import { framerOf, limits, read, written } from './kit.ts';

const VERSIONS: readonly StompVersion[] = ['1.0', '1.1', '1.2'];
const large = { ...limits, lineBytesMax: 2_000_000, headBytesMax: 2_000_000, bodyBytesMax: 2_000_000 };

describe('writer', () => {
  test('byte for byte', () => {
    const bytes = written('1.2', (writer) => {
      writer.begin('MESSAGE');
      writer.header('a:b', 'c\\d\ne\rf:g');
      writer.number('n', -120);
      writer.number('zero', 0);
      writer.number('most', Number.MAX_SAFE_INTEGER);
      writer.lines(Buffer.from('x:1\ny:2\n'), 4, 8);
      writer.body(Buffer.from('<hello>'), 1, 6);
      writer.heartBeat();
      writer.begin('RECEIPT');
      writer.end();
      writer.begin('ERROR');
      writer.bodyWithoutLength(Buffer.from('why'), 0, 3);
    });
    assert.equal(
      bytes.toString('latin1'),
      'MESSAGE\na\\cb:c\\\\d\\ne\\rf\\cg\nn:-120\nzero:0\nmost:9007199254740991\ny:2\ncontent-length:5\n\nhello\0\n' +
        'RECEIPT\n\n\0ERROR\n\nwhy\0',
    );
  });

  test('what a version can not say becomes a space', () => {
    const header = (version: StompVersion | null, command: 'CONNECTED' | 'MESSAGE'): string | undefined =>
      written(version, (writer) => {
        writer.begin(command);
        writer.header('n', 'a\nb:c\\d\re\0f');
        writer.end();
      })
        .toString('latin1')
        .split('\n')[1];
    assert.equal(header('1.0', 'MESSAGE'), 'n:a b:c\\d e f');
    assert.equal(header('1.1', 'MESSAGE'), 'n:a\\nb\\cc\\\\d e f');
    assert.equal(header('1.2', 'MESSAGE'), 'n:a\\nb\\cc\\\\d\\re f');
    assert.equal(header('1.2', 'CONNECTED'), 'n:a b:c\\d e f');
    assert.equal(header(null, 'CONNECTED'), 'n:a b:c\\d e f');
  });

  test('every text comes back, and half a character as U+FFFD', () => {
    const texts = [
      '',
      'plain',
      'ä€漢😀',
      '\ud800',
      'a\udc00b',
      '😀'.repeat(100),
      '\u0001\u007f\u0080\u07ff\u0800\uffff',
    ];
    for (const version of VERSIONS) {
      for (const text of texts) {
        const bytes = written(version, (writer) => {
          writer.begin('MESSAGE');
          writer.header('v', text);
          writer.end();
        });
        const [frame] = read(framerOf(version), [bytes]);
        assert.deepEqual(frame?.headers, [['v', text.toWellFormed()]], version);
      }
    }
  });

  test('texts and bodies larger than a slab', () => {
    const text = `${'x'.repeat(43_690)}😀${'ü:'.repeat(60_000)}`;
    const body = new Uint8Array(300_000).fill(7);
    const bytes = written('1.2', (writer) => {
      writer.begin('MESSAGE');
      writer.header('v', text);
      writer.body(body, 0, body.length);
    });
    const [frame] = read(framerOf('1.2', large), [bytes]);
    assert.equal(frame?.headers[0]?.[1], text);
    assert.equal(frame?.body.length, body.length);
  });

  test('random frames come back', () => {
    for (let seed = 1; seed <= 500; seed++) {
      const random = new Random(seed);
      const version = random.pick(['1.1', '1.2'] as const) as StompVersion;
      const letters = [...'ab:\\\n 0äß€😀', ...(version === '1.2' ? ['\r'] : [])];
      const text = (): string => Array.from({ length: random.below(20) }, () => random.pick(letters)).join('');
      const headers = Array.from({ length: random.below(8) }, () => [`n${text()}`, text()] as const);
      const body = Uint8Array.from({ length: random.below(50) }, () => random.below(256));
      const bytes = written(version, (writer) => {
        writer.begin('MESSAGE');
        for (const [name, value] of headers) writer.header(name, value);
        writer.body(body, 0, body.length);
      });
      const [frame] = read(framerOf(version), [bytes]);
      const expected = [...headers, ['content-length', String(body.length)]];
      assert.deepEqual(frame?.headers, expected, `seed ${seed}`);
      assert.equal(frame?.body, Buffer.from(body).toString('latin1'));
    }
  });
});
