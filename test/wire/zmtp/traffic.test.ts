/**
 * After the handshake: messages, commands, subscriptions in all their forms, back-pressure, and seeded noise.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SlabWriter } from '../../../src/bytes/slab-writer.ts';
import {
  errorCommand,
  pingCommand,
  pongCommand,
  subscriptionCommand,
  subscriptionMessage,
} from '../../../src/wire/zmtp/command.ts';
import { MessageWriter, type OutgoingMessage } from '../../../src/wire/zmtp/message-writer.ts';
import { Random } from '../amqp091/random.ts';
import { hex, LIMITS, libzmqGreeting, libzmqReady, openSide, Side, settings } from './peer.ts';

function encode(...messages: OutgoingMessage[]): Buffer {
  const pieces: Buffer[] = [];
  const sink = {
    write: (bytes: Uint8Array, release: (() => void) | null): void => {
      pieces.push(Buffer.from(bytes));
      release?.();
    },
  };
  const out = new SlabWriter(sink);
  const writer = new MessageWriter(out, sink);
  for (const message of messages) writer.write(message);
  out.flush();
  return Buffer.concat(pieces);
}

describe('messages', () => {
  test('as they are written, byte by byte', () => {
    assert.deepEqual(encode('hé'), hex('00 03 68c3a9'));
    assert.deepEqual(encode(['a', Buffer.alloc(0), 'b']), hex('01 01 61 01 00 00 01 62'));
    assert.deepEqual(encode(Buffer.alloc(256, 1)).subarray(0, 9), hex('02 0000000000000100'));
    const large = Buffer.alloc(100_000, 2);
    assert.deepEqual(
      encode(['x', large, 'y']),
      Buffer.concat([hex('01 01 78 03 00000000000186a0'), large, hex('00 01 79')]),
    );
    assert.deepEqual(encode('é'.repeat(10_000)), encode(Buffer.from('é'.repeat(10_000))));
  });

  test('what was written is read, cut anywhere', () => {
    const sent = [['one'], ['', ''], ['a', 'b', 'c'], ['x'.repeat(300)], ['']];
    const stream = encode(...sent);
    for (let cut = 0; cut <= stream.length; cut++) {
      const side = openSide(settings('PULL'), 'PUSH');
      side.connection.receive(stream.subarray(0, cut));
      side.connection.receive(stream.subarray(cut));
      assert.deepEqual(side.messages, sent, `cut at ${cut}`);
    }
  });

  test('limits: one frame, all frames, their number', () => {
    const cases: [OutgoingMessage, RegExp][] = [
      [Buffer.alloc(LIMITS.frameBytesMax + 1), /exceeds the limit of 1000/],
      [[Buffer.alloc(900), Buffer.alloc(900), Buffer.alloc(900)], /more than 5 frames or 2000 bytes/],
      [Array<string>(LIMITS.partsMax + 1).fill(''), /more than 5 frames/],
    ];
    for (const [message, expected] of cases) {
      const side = openSide(settings('PULL'), 'PUSH');
      side.connection.receive(encode('before', message, 'after'));
      assert.deepEqual(side.messages, [['before']]);
      assert.match(String(side.error?.message), expected);
    }
    const side = openSide(settings('PULL'), 'PUSH');
    side.connection.receive(encode(Array<string>(LIMITS.partsMax).fill('')));
    assert.equal(side.messages.length, 1);
  });

  test('after a no the rest waits for resume', () => {
    const side = openSide(settings('PULL'), 'PUSH');
    side.enough = 2;
    assert.equal(side.connection.receive(encode('a', 'b', 'c', 'd', 'e')), false);
    assert.deepEqual(side.messages, [['a'], ['b']]);
    side.enough = 1;
    assert.equal(side.connection.resume(), false);
    assert.deepEqual(side.messages, [['a'], ['b'], ['c']]);
    side.enough = 10;
    assert.equal(side.connection.resume(), true);
    assert.deepEqual(side.messages, [['a'], ['b'], ['c'], ['d'], ['e']]);
  });

  test('a no with the last byte loses nothing', () => {
    const side = openSide(settings('PULL'), 'PUSH');
    side.enough = 1;
    assert.equal(side.connection.receive(encode('a')), false);
    assert.equal(side.connection.resume(), true);
    side.enough = 1;
    side.connection.receive(encode('b'));
    assert.deepEqual(side.messages, [['a'], ['b']]);
  });

  test('stop ends it at once', () => {
    const side = openSide(settings('PULL'), 'PUSH');
    side.connection.stop();
    assert.equal(side.connection.receive(encode('a')), true);
    assert.deepEqual(side.messages, []);
    assert.equal(side.error, null);
  });
});

describe('commands', () => {
  test('as they are written, byte by byte', () => {
    assert.deepEqual(subscriptionCommand(true, Buffer.from('top')), hex('04 0d 09 535542534352494245 746f70'));
    assert.deepEqual(subscriptionCommand(false, Buffer.from('top')), hex('04 0a 06 43414e43454c 746f70'));
    assert.deepEqual(subscriptionMessage(true, Buffer.from('top')), hex('00 04 01 746f70'));
    assert.deepEqual(subscriptionMessage(false, Buffer.alloc(255)).subarray(0, 10), hex('02 0000000000000100 00'));
    assert.deepEqual(pingCommand(1500, Buffer.from('c')), hex('04 08 04 50494e47 000f 63'));
    assert.deepEqual(pingCommand(1e9, Buffer.alloc(0)), hex('04 07 04 50494e47 028f'), 'no more than libzmq can count');
    assert.deepEqual(pongCommand(Buffer.from('c')), hex('04 06 04 504f4e47 63'));
    assert.deepEqual(errorCommand('no'), hex('04 09 05 4552524f52 02 6e6f'));
    assert.equal(errorCommand('x'.repeat(300)).length, 9 + 1 + 5 + 1 + 255);
  });

  test('a PING is answered with its context, cut to 16 bytes, whatever the version', () => {
    for (const minor of [0, 1]) {
      const side = openSide(settings('PULL'), 'PUSH', minor);
      side.connection.receive(pingCommand(300, Buffer.from('0123456789abcdefXYZ')));
      assert.deepEqual(side.take(), pongCommand(Buffer.from('0123456789abcdef')));
      assert.deepEqual(side.pings, [300]);
      side.connection.receive(pongCommand(Buffer.from('x')));
      assert.equal(side.take().length, 0);
    }
  });

  test('a PING without a time to live is an error', () => {
    const side = openSide(settings('PULL'), 'PUSH');
    side.connection.receive(hex('04 06 04 50494e47 00'));
    assert.equal(side.error?.code, 'ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED');
  });

  test('unknown commands are passed over, nameless ones are not', () => {
    const side = openSide(settings('PULL'), 'PUSH');
    side.connection.receive(Buffer.concat([hex('04 05 04 4a4f494e'), errorCommand('late'), encode('next')]));
    assert.deepEqual(side.messages, [['next']]);
    side.connection.receive(hex('04 02 00 61'));
    assert.equal(side.error?.code, 'ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED');
  });

  test('a command between the frames of a message does not disturb it', () => {
    const side = openSide(settings('PULL'), 'PUSH');
    side.connection.receive(Buffer.concat([hex('01 01 61'), pingCommand(0, Buffer.alloc(0)), hex('00 01 62')]));
    assert.deepEqual(side.messages, [['a', 'b']]);
  });
});

describe('subscriptions', () => {
  const both = Buffer.concat([
    subscriptionCommand(true, Buffer.from('a')),
    subscriptionMessage(true, Buffer.from('b')),
    subscriptionCommand(false, Buffer.from('a')),
    subscriptionMessage(false, Buffer.from('b')),
    subscriptionCommand(true, Buffer.alloc(0)),
  ]);

  test('in either form, from a peer of either version', () => {
    for (const minor of [0, 1]) {
      const side = openSide(settings('XPUB'), 'SUB', minor);
      side.connection.receive(both);
      assert.deepEqual(side.subscriptions, ['+a', '+b', '-a', '-b', '+']);
      assert.deepEqual(side.messages, []);
    }
  });

  test('other messages of an XSUB are messages', () => {
    const side = openSide(settings('XPUB'), 'XSUB');
    side.connection.receive(encode('hello', Buffer.alloc(0), [Buffer.of(1), 'x'], Buffer.of(2)));
    assert.deepEqual(side.messages, [['hello'], [''], ['\x01', 'x'], ['\x02']]);
    assert.deepEqual(side.subscriptions, []);
  });

  test('are nothing to a socket that does not publish', () => {
    const side = openSide(settings('PULL'), 'PUSH');
    side.connection.receive(both);
    assert.deepEqual(side.subscriptions, []);
    assert.deepEqual(side.messages, [['\x01b'], ['\x00b']]);
  });

  test('can be put off like messages', () => {
    const side = openSide(settings('XPUB'), 'SUB');
    side.enough = 1;
    assert.equal(side.connection.receive(both), false);
    assert.deepEqual(side.subscriptions, ['+a']);
    side.enough = 10;
    assert.equal(side.connection.resume(), true);
    assert.equal(side.subscriptions.length, 5);
  });

  test('the malformed size of libzmq 4.3.4', () => {
    const topic = 'b'.repeat(250);
    const side = openSide(settings('XPUB'), 'SUB');
    const command = Buffer.concat([hex('04 0000000000000104 09'), Buffer.from(`SUBSCRIBE${topic}`)]);
    side.connection.receive(command);
    assert.deepEqual(side.subscriptions, [`+${topic}`]);
  });
});

describe('noise', () => {
  const stream = Buffer.concat([
    libzmqGreeting(),
    libzmqReady('SUB'),
    subscriptionCommand(true, Buffer.from('topic')),
    pingCommand(1000, Buffer.from('context')),
    subscriptionMessage(false, Buffer.from('topic')),
    encode(['a', 'b'], 'x'.repeat(300)),
  ]);

  test('changed bytes end in an error or in nothing, never in an exception', () => {
    let failures = 0;
    for (let seed = 1; seed <= 3000; seed++) {
      const random = new Random(seed);
      const bytes = Buffer.from(stream);
      for (let changes = 1 + random.int(4); changes > 0; changes--) bytes[random.int(bytes.length)] = random.int(256);
      const side = new Side(settings(seed % 2 === 0 ? 'XPUB' : 'PUB'));
      for (let at = 0; at < bytes.length; ) {
        const length = 1 + random.int(60);
        assert.ok(side.connection.receive(bytes.subarray(at, at + length)), `seed ${seed}`);
        at += length;
      }
      if (side.error !== null) failures++;
    }
    assert.ok(failures > 500, `${failures} of 3000 were noticed`);
  });

  test('truncated anywhere it just waits', () => {
    for (let length = 0; length < stream.length; length++) {
      const side = new Side(settings('XPUB'));
      side.connection.receive(stream.subarray(0, length));
      assert.equal(side.error, null, `length ${length}`);
    }
  });

  test('plain noise', () => {
    for (let seed = 1; seed <= 500; seed++) {
      const random = new Random(seed);
      const side = openSide(settings('ROUTER'), 'DEALER');
      for (let i = 0; i < 20; i++) side.connection.receive(Buffer.from(random.bytes(random.int(200))));
    }
  });
});
