/**
 * Greetings and handshakes: the very bytes, both mechanisms in both roles, and everything that can be wrong with them.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { errorCommand, metadataCommand, misspeltErrorCommand } from '../../../src/wire/zmtp/command.ts';
import { PROPERTIES_MAX } from '../../../src/wire/zmtp/limits.ts';
import { mayTalk, SOCKET_TYPES } from '../../../src/wire/zmtp/socket-type.ts';
import { hex, libzmqGreeting, libzmqReady, Side, settings, talk } from './peer.ts';

const ZEROS_20 = '00'.repeat(20);

describe('NULL', () => {
  test('our greeting and READY, byte by byte', () => {
    const side = new Side(settings('DEALER', { identity: Buffer.from('me') }));
    assert.deepEqual(
      side.take(),
      hex(`ff 0000000000000001 7f 03 01 4e554c4c ${ZEROS_20.slice(8)} 00 ${'00'.repeat(31)}`),
    );
    side.connection.receive(libzmqGreeting());
    assert.deepEqual(
      side.take(),
      hex('04 2b 05 5245414459 0b 536f636b65742d54797065 00000006 4445414c4552 08 4964656e74697479 00000002 6d65'),
    );
  });

  test("libzmq's greeting and READY, cut at every byte", () => {
    const stream = Buffer.concat([libzmqGreeting(), libzmqReady('ROUTER', 'you')]);
    for (let cut = 0; cut <= stream.length; cut++) {
      const side = new Side(settings('DEALER'));
      side.connection.receive(stream.subarray(0, cut));
      assert.equal(side.error, null, `cut at ${cut}`);
      assert.equal(side.peer !== null, cut === stream.length);
      side.connection.receive(stream.subarray(cut));
      assert.equal(side.peer?.socketType, 'ROUTER', `cut at ${cut}`);
      assert.equal(String(side.peer.identity), 'you');
      assert.ok(side.connection.open);
    }
  });

  test('the padding of the signature means nothing', () => {
    const side = new Side(settings('PULL'));
    side.connection.receive(Buffer.concat([libzmqGreeting(1, 'NULL', 'deadbeefdeadbeef'), libzmqReady('PUSH')]));
    assert.ok(side.connection.open);
  });

  test('a version above ours is answered with ours, 3.0 with its dialect', () => {
    const newer = libzmqGreeting();
    newer[10] = 4;
    newer[11] = 0;
    const side = new Side(settings('PULL'));
    side.connection.receive(Buffer.concat([newer, libzmqReady('PUSH')]));
    assert.equal(side.peer?.minor, 1);
    const older = new Side(settings('PULL'));
    older.connection.receive(Buffer.concat([libzmqGreeting(0), libzmqReady('PUSH')]));
    assert.equal(older.peer?.minor, 0);
  });

  test('two of our own understand each other, whatever they are', () => {
    for (const ours of SOCKET_TYPES) {
      for (const theirs of SOCKET_TYPES) {
        const one = new Side(settings(ours));
        const other = new Side(settings(theirs));
        talk(one, other);
        const fit = mayTalk(ours, theirs);
        assert.equal(one.connection.open, fit, `${ours} and ${theirs}`);
        assert.equal(other.connection.open, fit, `${theirs} and ${ours}`);
        assert.equal(fit, mayTalk(theirs, ours));
      }
    }
  });

  test('what is not ZMTP 3 is dropped with its first wrong byte', () => {
    const cases: [string, RegExp][] = [
      ['47', /first byte is not FF/],
      ['01', /first byte is not FF/],
      ['ff00000000000000017e', /tenth byte is not 7F/],
      ['ff00000000000000017f01', /ZMTP 1 is not spoken/],
      ['ff00000000000000017f02', /ZMTP 2 is not spoken/],
    ];
    for (const [bytes, message] of cases) {
      const side = new Side(settings('PULL'));
      side.connection.receive(hex(bytes).subarray(0, -1));
      const before = side.error;
      side.connection.receive(hex(bytes).subarray(-1));
      assert.equal(before, null, bytes);
      assert.match(String(side.error?.message), message);
      assert.equal(side.error?.kind, 'protocol');
    }
  });

  test('another mechanism is an error', () => {
    for (const mechanism of ['CURVE', 'PLAIN', '', 'A'.repeat(20)]) {
      const side = new Side(settings('PULL'));
      side.connection.receive(libzmqGreeting(1, mechanism));
      assert.equal(side.error?.code, 'ERR_ZMTP_MECHANISM_MISMATCH', mechanism);
    }
  });

  test('a type that does not fit is told so, and refused', () => {
    const side = new Side(settings('PULL'));
    side.connection.receive(libzmqGreeting());
    side.take();
    side.connection.receive(libzmqReady('SUB'));
    assert.equal(side.error?.code, 'ERR_ZMTP_INVALID_METADATA');
    assert.deepEqual(side.take(), errorCommand('Invalid socket type'));
  });

  test('names of properties in any case; application properties are passed on', () => {
    const side = new Side(settings('PULL'));
    const ready = metadataCommand('READY', [
      { name: 'SOCKET-type', value: Buffer.from('PUSH') },
      { name: 'X-Colour', value: Buffer.from('green') },
    ]);
    side.connection.receive(Buffer.concat([libzmqGreeting(), ready]));
    assert.equal(Buffer.from(side.peer?.properties.get('x-colour') ?? '').toString(), 'green');
  });

  test('bad metadata is an error at every truncation', () => {
    const body = libzmqReady('PUSH').subarray(2);
    for (let length = 7; length < body.length; length++) {
      const side = new Side(settings('PULL'));
      const cut = Buffer.concat([Buffer.of(4, length), body.subarray(0, length)]);
      side.connection.receive(Buffer.concat([libzmqGreeting(), cut]));
      assert.equal(side.error?.code, 'ERR_ZMTP_INVALID_METADATA', `length ${length}`);
    }
  });

  test('limits: properties, identity, size of a command', () => {
    const type = { name: 'Socket-Type', value: Buffer.from('DEALER') };
    const many = Array.from({ length: PROPERTIES_MAX }, (_, i) => ({ name: `x${i}`, value: Buffer.alloc(0) }));
    const long = { name: 'Identity', value: Buffer.alloc(256, 1) };
    for (const properties of [
      [type, ...many],
      [type, long],
    ]) {
      const side = new Side(settings('ROUTER'));
      side.connection.receive(Buffer.concat([libzmqGreeting(), metadataCommand('READY', properties)]));
      assert.equal(side.error?.code, 'ERR_ZMTP_INVALID_METADATA');
    }
    const side = new Side(settings('ROUTER'));
    side.connection.receive(Buffer.concat([libzmqGreeting(), hex('06 0000000000010000')]));
    assert.match(String(side.error?.message), /exceeds the limit/);
  });

  test('a message before READY, another command, a repeated READY', () => {
    const early = new Side(settings('PULL'));
    early.connection.receive(Buffer.concat([libzmqGreeting(), hex('00 05 68656c6c6f')]));
    assert.match(String(early.error?.message), /exceeds the limit of 0/, 'no frame of a message has room yet');
    const empty = new Side(settings('PULL'));
    empty.connection.receive(Buffer.concat([libzmqGreeting(), hex('00 00')]));
    assert.equal(empty.error?.code, 'ERR_ZMTP_INVALID_SEQUENCE');
    const other = new Side(settings('PULL'));
    other.connection.receive(Buffer.concat([libzmqGreeting(), hex('04 06 05 48454c4c4f')]));
    assert.equal(other.error?.code, 'ERR_ZMTP_UNEXPECTED_COMMAND');
  });

  test('the host may judge a NULL peer too, and nothing is read until it has', () => {
    const side = new Side(settings('PULL', { asksAlways: true }));
    side.take();
    const message = hex('00 05 68656c6c6f');
    assert.equal(side.connection.receive(Buffer.concat([libzmqGreeting(), libzmqReady('PUSH'), message])), false);
    assert.deepEqual(side.asked, [{ mechanism: 'NULL', username: '', password: '' }]);
    assert.equal(side.take().length, 0);
    side.connection.judge({ allowed: true, userId: 'someone' });
    assert.equal(side.connection.resume(), true);
    assert.deepEqual(side.messages, [['hello']]);
    assert.equal(side.peer?.userId, 'someone');
  });
});

describe('PLAIN', () => {
  const client = () => settings('PUSH', { mechanism: 'PLAIN', credentials: { username: 'ann', password: 'secret' } });
  const server = (rest = {}) => settings('PULL', { mechanism: 'PLAIN', asServer: true, ...rest });

  test('our HELLO, byte by byte, and the whole dialogue', () => {
    const one = new Side(client());
    one.take();
    one.connection.receive(libzmqGreeting(1, 'PLAIN'));
    assert.deepEqual(one.take(), hex('04 11 05 48454c4c4f 03 616e6e 06 736563726574'));
    one.connection.receive(hex('04 08 07 57454c434f4d45'));
    assert.deepEqual(
      one.take(),
      hex('04 1d 08 494e495449415445 0b 536f636b65742d54797065 00000004 50555348'),
      'INITIATE',
    );
    one.connection.receive(libzmqReady('PULL'));
    assert.ok(one.connection.open);
  });

  test('client and server', () => {
    const one = new Side(client());
    const other = new Side(server());
    talk(one, other);
    assert.deepEqual(other.asked, [{ mechanism: 'PLAIN', username: 'ann', password: 'secret' }]);
    other.connection.judge({ allowed: true, userId: 'ann' });
    assert.ok(other.connection.resume());
    talk(one, other);
    assert.ok(one.connection.open && other.connection.open);
    assert.equal(other.peer?.userId, 'ann');
  });

  test('a refusal reaches the client, in both spellings', () => {
    for (const misspeltErrors of [false, true]) {
      const one = new Side(client());
      const other = new Side(server({ misspeltErrors }));
      talk(one, other);
      other.connection.judge({ allowed: false, status: 400 });
      assert.equal(other.error?.kind, 'denied');
      const told = other.take();
      assert.deepEqual(
        told,
        misspeltErrors ? hex('04 09 5e 52524f52 03 343030') : hex('04 0a 05 4552524f52 03 343030'),
      );
      one.connection.receive(told);
      assert.equal(one.error?.kind, 'denied');
      assert.equal(one.error.status, 400);
    }
    assert.deepEqual(misspeltErrorCommand('400'), hex('04 09 5e 52524f52 03 343030'));
  });

  test('300 is said by silence', () => {
    const one = new Side(client());
    const other = new Side(server());
    talk(one, other);
    other.connection.judge({ allowed: false, status: 300 });
    assert.equal(other.take().length, 0);
    assert.equal(other.error?.status, 300);
  });

  test('a HELLO is an error at every truncation, and with a byte too many', () => {
    const hello = hex('05 48454c4c4f 03 616e6e 06 736563726574');
    for (let length = 6; length <= hello.length + 1; length++) {
      if (length === hello.length) continue;
      const side = new Side(server());
      const body = Buffer.concat([hello, Buffer.of(0)]).subarray(0, length);
      side.connection.receive(Buffer.concat([libzmqGreeting(1, 'PLAIN'), Buffer.of(4, body.length), body]));
      assert.equal(side.error?.code, 'ERR_ZMTP_MALFORMED_COMMAND_HELLO', `length ${length}`);
    }
  });

  test('two clients, and two servers, do not get far', () => {
    const one = new Side(client());
    const other = new Side(settings('PULL', { mechanism: 'PLAIN' }));
    talk(one, other);
    assert.equal(one.error?.code, 'ERR_ZMTP_UNEXPECTED_COMMAND');
    const servers = [new Side(server()), new Side(settings('PUSH', { mechanism: 'PLAIN', asServer: true }))] as const;
    talk(...servers);
    assert.ok(!servers[0].connection.open && !servers[1].connection.open);
  });

  test('malformed WELCOME and ERROR', () => {
    const cases = [
      ['04 09 07 57454c434f4d45 00', 'ERR_ZMTP_MALFORMED_COMMAND_WELCOME'],
      ['04 06 05 4552524f52', 'ERR_ZMTP_MALFORMED_COMMAND_ERROR'],
      ['04 08 05 4552524f52 05 34', 'ERR_ZMTP_MALFORMED_COMMAND_ERROR'],
      ['04 01 00', 'ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED'],
      ['04 03 09 5245', 'ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED'],
    ] as const;
    for (const [bytes, code] of cases) {
      const side = new Side(client());
      side.connection.receive(Buffer.concat([libzmqGreeting(1, 'PLAIN'), hex(bytes)]));
      assert.equal(side.error?.code, code, bytes);
    }
  });
});
