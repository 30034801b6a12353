/**
 * Peers that come late, go, and come back; libzmq on the other side, both ways.
 */
import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket as NetSocket, type Server } from 'node:net';
import { describe, test } from 'node:test';
import { Pull, Push } from '../../src/zmq/index.ts';
import { libzmqGreeting, libzmqReady } from '../wire/zmtp/peer.ts';
import { type AnySocket, inTime, MEETINGS, meet, nextEvent, OURS, receiveTexts, withSockets } from './kit.ts';

const asAny = (socket: unknown): AnySocket => socket as AnySocket;

/** A port that was free a moment ago. */
async function freeAddress(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `tcp://127.0.0.1:${port}`;
}

for (const [title, first, second] of MEETINGS) {
  describe(title, () => {
    test('who connects before the other binds', () =>
      withSockets(async (sockets) => {
        const address = await freeAddress();
        const push = sockets.add(new second.Push({ reconnectInterval: 10 }));
        push.connect(address);
        for (let i = 0; i < 10; i++) await push.send(`m${i}`);
        const pull = sockets.add(new first.Pull());
        await inTime('bind', pull.bind(address));
        assert.equal((await receiveTexts(pull, 10)).at(-1), 'm9');
      }));

    test('a server that goes and comes back', () =>
      withSockets(async (sockets) => {
        const request = sockets.add(new second.Request({ reconnectInterval: 10 }));
        let address = await freeAddress();
        for (let round = 0; round < 3; round++) {
          const reply = sockets.add(new first.Reply());
          await inTime('bind', reply.bind(address));
          if (round === 0) request.connect(address);
          await request.send(`q${round}`);
          assert.deepEqual(await receiveTexts(reply, 1), [`q${round}`]);
          await reply.send('a');
          assert.deepEqual(await receiveTexts(request, 1), ['a']);
          address = reply.lastEndpoint as string;
          const gone = nextEvent(request, 'disconnect');
          reply.linger = 0;
          await reply.close();
          await gone;
        }
      }));

    test('subscriptions are made again', () =>
      withSockets(async (sockets) => {
        const subscriber = sockets.add(new second.Subscriber({ reconnectInterval: 10 }));
        subscriber.subscribe('a', 'b');
        const address = await freeAddress();
        subscriber.connect(address);
        for (let round = 0; round < 3; round++) {
          // Libzmq does what a reconnection asks for only while its program waits on the socket.
          const message = receiveTexts(subscriber, 1);
          const publisher = sockets.add(new first.XPublisher());
          await inTime('bind', publisher.bind(address));
          const topics = await receiveTexts(publisher, 2);
          assert.deepEqual(topics.sort(), ['\x01a', '\x01b']);
          await publisher.send(`b${round}`);
          assert.deepEqual(await message, [`b${round}`]);
          const gone = nextEvent(subscriber, 'disconnect');
          publisher.linger = 0;
          await publisher.close();
          await gone;
        }
      }));

    test('after unbind and disconnect nobody is there', () =>
      withSockets(async (sockets) => {
        const pull = sockets.add(new first.Pull());
        const push = sockets.add(new second.Push());
        const address = await meet(pull, push);
        await push.send('x');
        assert.deepEqual(await receiveTexts(pull, 1), ['x']);
        const gone = nextEvent(pull, 'disconnect');
        push.disconnect(address);
        let over = false;
        const seen = gone.then(() => {
          over = true;
        });
        // Libzmq does what it was asked for only when its socket is looked at again.
        while (!over) {
          assert.equal(push.writable, false);
          await Promise.race([seen, new Promise(setImmediate)]);
        }
        assert.throws(() => push.disconnect(address), { code: 'ENOENT' });
        await pull.unbind(address);
        await assert.rejects(pull.unbind(address), { code: 'ENOENT' });
      }));
  });
}

/** A server that speaks no more than a test lets it. */
async function rawServer(onConnection: (socket: NetSocket) => void): Promise<{ server: Server; address: string }> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    onConnection(socket);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return { server, address: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe('peers that do not behave', () => {
  test('one that never answers the greeting is left after the handshake interval, and tried again', () =>
    withSockets(async (sockets) => {
      let connections = 0;
      const again = Promise.withResolvers<void>();
      const { server, address } = await rawServer((socket) => {
        socket.resume();
        if (++connections === 3) again.resolve();
      });
      const push = sockets.add(asAny(new Push({ handshakeInterval: 30, reconnectInterval: 5 })));
      const failed = nextEvent(push, 'handshake:error:other');
      push.connect(address);
      assert.match(String((await failed).error?.message), /too long/);
      await inTime('third try', again.promise);
      server.close();
    }));

  test('one that speaks another protocol is not tried again', () =>
    withSockets(async (sockets) => {
      let connections = 0;
      const { server, address } = await rawServer((socket) => {
        connections++;
        socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
      });
      const push = sockets.add(asAny(new Push({ reconnectInterval: 1 })));
      const failed = nextEvent(push, 'handshake:error:protocol');
      push.connect(address);
      assert.equal((await failed).error?.message, 'not a ZMTP greeting: the first byte is not FF');
      for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
      assert.equal(connections, 1);
      server.close();
    }));

  test('noise on our port harms nobody', () =>
    withSockets(async (sockets) => {
      const pull = sockets.add(asAny(new Pull()));
      const push = sockets.add(asAny(new Push()));
      const address = await meet(pull, push);
      const port = Number(address.split(':').at(-1));
      for (const noise of ['GET / HTTP/1.0\r\n\r\n', '\xff\xff', 'x'.repeat(100_000)]) {
        const socket = connect(port, '127.0.0.1');
        socket.on('error', () => {});
        socket.end(noise);
        await inTime('the noise is cut off', new Promise((resolve) => socket.resume().once('close', resolve)));
      }
      await push.send('still here');
      assert.deepEqual(await receiveTexts(pull, 1), ['still here']);
    }));

  test('a message above the limit ends the connection', () =>
    withSockets(async (sockets) => {
      const pull = sockets.add(asAny(new Pull({ maxMessageSize: 1000 })));
      const push = sockets.add(asAny(new Push({ reconnectInterval: 5 })));
      await meet(pull, push);
      await push.send(Buffer.alloc(1000));
      assert.equal((await inTime('the largest', pull.receive()))[0]?.length, 1000);
      const gone = nextEvent(pull, 'disconnect');
      const lost = nextEvent(push, 'disconnect');
      await push.send(Buffer.alloc(1001));
      await Promise.all([gone, lost]);
      await push.send('next');
      assert.deepEqual(await receiveTexts(pull, 1), ['next']);
    }));

  test('a peer that dies amid a message: what it had not finished is not delivered', () =>
    withSockets(async (sockets) => {
      const pull = sockets.add(asAny(new Pull()));
      await pull.bind('tcp://127.0.0.1:*');
      const port = Number(pull.lastEndpoint?.split(':').at(-1));
      const gone = nextEvent(pull, 'disconnect');
      const socket = connect(port, '127.0.0.1');
      socket.write(Buffer.concat([libzmqGreeting(), libzmqReady('PUSH'), Buffer.from('\x00\x05whole\x01\x04half')]));
      assert.deepEqual(await receiveTexts(pull, 1), ['whole']);
      socket.destroy();
      await gone;
      const push = sockets.add(asAny(new Push()));
      push.connect(pull.lastEndpoint as string);
      await push.send('other');
      assert.deepEqual(await receiveTexts(pull, 1), ['other']);
    }));

  test('a silent peer is noticed by heartbeats', () =>
    withSockets(async (sockets) => {
      const received: Buffer[] = [];
      const { server, address } = await rawServer((socket) => {
        socket.write(Buffer.concat([libzmqGreeting(), libzmqReady('PULL')]));
        socket.on('data', (chunk) => received.push(chunk));
      });
      const push = sockets.add(asAny(new Push({ heartbeatInterval: 20, heartbeatTimeout: 60, reconnectInterval: -1 })));
      const gone = nextEvent(push, 'disconnect');
      push.connect(address);
      await gone;
      assert.ok(Buffer.concat(received).includes('\x04PING'));
      server.close();
    }));
});

describe('heartbeats with libzmq', () => {
  // Libzmq itself gives up such a connection: it hears nothing while it does not read.
  for (const [title, first, second] of MEETINGS.filter(([, each]) => each === OURS)) {
    test(`${title}: who does not read is not taken for dead`, () =>
      withSockets(async (sockets) => {
        const options = { heartbeatInterval: 20, heartbeatTimeout: 200, heartbeatTimeToLive: 200 };
        const pull = sockets.add(new first.Pull({ ...options, receiveHighWaterMark: 2 }));
        const push = sockets.add(new second.Push({ ...options, sendHighWaterMark: 5, sendTimeout: 400 }));
        let lost = 0;
        pull.events.on('disconnect', () => lost++);
        await meet(pull, push);
        let sent = 0;
        try {
          for (;;) {
            await push.send(Buffer.alloc(50_000));
            sent++;
          }
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'EAGAIN', 'mute for longer than the timeout');
        }
        for (let i = 0; i < sent; i++) await inTime(`message ${i} of ${sent}`, pull.receive());
        assert.equal(lost, 0);
      }));
  }
});
