/**
 * What programs call: send and receive in all their forms, timeouts, signals, closing, and the end of a process.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import * as zmq from '../../src/zmq/index.ts';
import { type AnySocket, inTime, meet, withSockets } from './kit.ts';

const { Context, Publisher, Pull, Push } = zmq;
const asAny = (socket: unknown): AnySocket => socket as AnySocket;

async function pipeline(use: (push: zmq.Push, pull: zmq.Pull) => Promise<void>, address = 'inproc://p'): Promise<void> {
  const context = new Context();
  await using pull = new Pull({ context });
  await using push = new Push({ context, linger: 0 });
  await pull.bind(address);
  push.connect(pull.lastEndpoint as string);
  await inTime('the test', use(push, pull));
}

describe('sending', () => {
  test('everything that may be a frame', () =>
    pipeline(async (push, pull) => {
      const bytes = Uint8Array.of(1, 2, 3, 4);
      const frames = ['téxt', 42, null, bytes, bytes.buffer, new DataView(bytes.buffer, 1, 2), Buffer.from('b'), ''];
      await push.send(frames);
      const parts = (await pull.receive()).map((part) => part.toString('latin1'));
      const all = '\x01\x02\x03\x04';
      assert.deepEqual(parts, [Buffer.from('téxt').toString('latin1'), '42', '', all, all, '\x02\x03', 'b', '']);
      for (const part of [1.5, null, new Uint16Array([0x4141])]) await push.send(part);
      assert.deepEqual(String(await pull.receive()), '1.5');
    }));

  test('what may not be one is rejected, and the socket works on', () =>
    pipeline(async (push, pull) => {
      for (const wrong of [undefined, {}, [[]], [], Symbol('x')] as unknown as string[]) {
        await assert.rejects(push.send(wrong), TypeError);
      }
      await assert.rejects(push.sendMany(['a', {} as string]), TypeError);
      assert.equal(String(await pull.receive()), 'a');
    }));

  test('sendMany and receiveMany over tcp, in order', () =>
    pipeline(async (push, pull) => {
      const total = 20_000;
      const sending = push.sendMany(Array.from({ length: total }, (_, i) => (i % 3 === 0 ? [`${i}`, 'x'] : `${i}`)));
      const seen: string[] = [];
      while (seen.length < total) {
        const batch = await pull.receiveMany(700);
        assert.ok(batch.length >= 1 && batch.length <= 700);
        for (const [first] of batch) seen.push(String(first));
      }
      await sending;
      assert.ok(seen.every((text, index) => text === String(index)));
    }, 'tcp://127.0.0.1:*'));

  test('a signal ends a waiting call, and only that one', () =>
    withSockets(async (sockets) => {
      const push = new Push();
      sockets.add(asAny(push));
      const abort = new AbortController();
      const one = push.send('one', { signal: abort.signal });
      const two = push.sendMany(['two', 'three']);
      abort.abort(new Error('enough'));
      await assert.rejects(one, /enough/);
      await assert.rejects(push.send('late', { signal: abort.signal }), /enough/);
      const pull = new Pull();
      sockets.add(asAny(pull));
      await meet(asAny(pull), asAny(push));
      await two;
      assert.equal(String(await pull.receive()), 'two');
      const receiveAbort = new AbortController();
      assert.equal(String(await pull.receive()), 'three');
      const receiving = pull.receiveMany(5, { signal: receiveAbort.signal });
      receiveAbort.abort();
      await assert.rejects(receiving, { name: 'AbortError' });
    }));

  test('timeouts', () =>
    withSockets(async (sockets) => {
      const push = new Push({ sendTimeout: 5 });
      const pull = new Pull({ receiveTimeout: 5 });
      sockets.add(asAny(push));
      sockets.add(asAny(pull));
      await assert.rejects(push.send('x'), { code: 'EAGAIN' });
      await assert.rejects(pull.receive(), { code: 'EAGAIN' });
      push.sendTimeout = 0;
      pull.receiveTimeout = 0;
      await assert.rejects(push.send('x'), { code: 'EAGAIN' });
      await assert.rejects(pull.receiveMany(), { code: 'EAGAIN' });
    }));

  test('a program that only sends does not keep timers and sockets from their turn', () =>
    withSockets(async (sockets) => {
      const publisher = new Publisher();
      sockets.add(asAny(publisher));
      let over = false;
      setTimeout(() => {
        over = true;
      }, 10);
      while (!over) await publisher.send('to nobody');
    }));
});

describe('receiving', () => {
  test('several calls at once are answered in their order', () =>
    pipeline(async (push, pull) => {
      const calls = [pull.receive(), pull.receive(), pull.receiveMany(2), pull.receive()];
      for (const text of ['a', 'b', 'c', 'd']) await push.send(text);
      assert.deepEqual((await Promise.all(calls)).map(String), ['a', 'b', 'c', 'd']);
    }));

  test('for await ends when the socket is closed; leaving it does not close', () =>
    pipeline(async (push, pull) => {
      await push.sendMany(['a', 'b', 'c', 'd']);
      for await (const [part] of pull) if (String(part) === 'b') break;
      assert.equal(pull.closed, false);
      const seen: string[] = [];
      for await (const [part] of pull) {
        seen.push(String(part));
        if (seen.length === 2) setImmediate(() => void pull.close());
      }
      assert.deepEqual(seen, ['c', 'd']);
    }));

  test('the iterator used by hand', () =>
    pipeline(async (push, pull) => {
      const iterator = pull[Symbol.asyncIterator]();
      const first = iterator.next();
      const second = iterator.next();
      await push.send('a');
      await push.send('b');
      assert.equal(String((await first).value), 'a');
      assert.equal(String((await second).value), 'b');
      const third = iterator.next();
      await pull.close();
      assert.deepEqual(await third, { value: undefined, done: true });
      assert.equal((await iterator.next()).done, true);
    }));

  test('readable and writable', () =>
    pipeline(async (push, pull) => {
      assert.equal(push.writable, true);
      assert.equal(pull.readable, false);
      await push.send('x');
      assert.equal(pull.readable, true);
      assert.equal(new Push().writable, false);
    }));
});

describe('closing', () => {
  test('waits for what was sent, up to the linger time', () =>
    withSockets(async (sockets) => {
      const pull = new Pull();
      sockets.add(asAny(pull));
      await pull.bind('tcp://127.0.0.1:*');
      const push = new Push();
      push.connect(pull.lastEndpoint as string);
      for (let i = 0; i < 500; i++) await push.send(`m${i}`);
      const closing = push.close();
      assert.equal(push.closed, true);
      let last = '';
      for (let i = 0; i < 500; i++) last = String(await inTime(`message ${i}`, pull.receive()));
      assert.equal(last, 'm499');
      await inTime('close', closing);

      const nobody = new Push();
      nobody.connect('tcp://127.0.0.1:9');
      await nobody.send('lost');
      await inTime('close', nobody.close({ linger: 20 }), 2000);
    }));

  test('ends what waits', async () => {
    const pull = new Pull();
    const push = new Push();
    const receiving = pull.receive();
    const sending = push.send('x');
    void pull.close();
    void push.close();
    await assert.rejects(receiving, { code: 'EAGAIN' });
    await assert.rejects(sending, { code: 'EAGAIN' });
  });
});

describe('a process', () => {
  const run = promisify(execFile);
  const script = (body: string): string[] => [
    '--input-type=module',
    '-e',
    `import * as zmq from ${JSON.stringify(new URL('../../src/zmq/index.ts', import.meta.url).href)};\n${body}`,
  ];

  test('ends when nothing waits any more, though sockets are open', async () => {
    const { stdout } = await run(
      process.execPath,
      script(`
        const reply = new zmq.Reply(); await reply.bind('tcp://127.0.0.1:*');
        const request = new zmq.Request(); request.connect(reply.lastEndpoint);
        await request.send('q'); await reply.receive(); await reply.send('a');
        console.log(String(await request.receive()));
      `),
      { timeout: 20_000 },
    );
    assert.equal(stdout, 'a\n');
  });

  test('delivers what it has sent before it ends', () =>
    withSockets(async (sockets) => {
      const pull = new Pull();
      sockets.add(asAny(pull));
      await pull.bind('tcp://127.0.0.1:*');
      const ended = run(
        process.execPath,
        script(`
          const push = new zmq.Push(); push.connect(${JSON.stringify(pull.lastEndpoint)});
          for (let i = 0; i < 300; i++) await push.send('m' + i);
        `),
        { timeout: 20_000 },
      );
      let last = '';
      for (let i = 0; i < 300; i++) last = String(await inTime(`message ${i}`, pull.receive()));
      assert.equal(last, 'm299');
      await ended;
    }));
});
