/**
 * High-water marks: who waits, who drops, and that nothing is lost or taken twice where it should wait.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Dealer, Publisher, Pull, Push, Request, Router, Subscriber, XPublisher } from '../../src/zmq/index.ts';
import { type AnySocket, inTime, MEETINGS, meet, nextEvent, OURS, receiveTexts, THEIRS, withSockets } from './kit.ts';

const asAny = (socket: unknown): AnySocket => socket as AnySocket;

/** Sends until it has to wait; answers how many went, and what waits. */
async function sendUntilMute(
  socket: AnySocket,
  message: Buffer,
  max: number,
): Promise<{ sent: number; waiting: Promise<void> | null }> {
  for (let sent = 0; sent < max; sent++) {
    let done = false;
    const sending = socket.send(message).then(() => {
      done = true;
    });
    // A message that finds room is sent at once; libzmq's thread may need a moment to make some.
    for (let turn = 0; turn < 200 && !done; turn++) await new Promise(setImmediate);
    if (!done) return { sent, waiting: sending };
  }
  return { sent: max, waiting: null };
}

describe('inproc, where nothing hides in the kernel', () => {
  test('the marks of both sides add up', () =>
    withSockets(async (sockets) => {
      const pull = sockets.add(asAny(new Pull({ receiveHighWaterMark: 3 })));
      const push = sockets.add(asAny(new Push({ sendHighWaterMark: 2, sendTimeout: 0 })));
      await meet(pull, push, 'inproc');
      for (let i = 0; i < 5; i++) await push.send(`m${i}`);
      await assert.rejects(push.send('too much'), { code: 'EAGAIN' });
      assert.deepEqual(await receiveTexts(pull, 5), ['m0', 'm1', 'm2', 'm3', 'm4']);
      await push.send('again');
      assert.deepEqual(await receiveTexts(pull, 1), ['again']);
    }));

  test('without a peer: its own mark', () =>
    withSockets(async (sockets) => {
      const push = sockets.add(asAny(new Push({ sendHighWaterMark: 4, sendTimeout: 0 })));
      push.connect('inproc://nobody-is-here');
      for (let i = 0; i < 4; i++) await push.send('x');
      await assert.rejects(push.send('too much'), { code: 'EAGAIN' });
    }));

  test('0 is no limit', () =>
    withSockets(async (sockets) => {
      const pull = sockets.add(asAny(new Pull({ receiveHighWaterMark: 0 })));
      const push = sockets.add(asAny(new Push({ sendHighWaterMark: 0, sendTimeout: 0 })));
      await meet(pull, push, 'inproc');
      for (let i = 0; i < 20_000; i++) await push.send('x');
      assert.equal((await receiveTexts(pull, 20_000)).length, 20_000);
    }));

  test('limits in bytes', () =>
    withSockets(async (sockets) => {
      const pull = sockets.add(asAny(new Pull({ receiveHighWaterMarkBytes: 1000 })));
      const push = sockets.add(asAny(new Push({ sendHighWaterMarkBytes: 500, sendTimeout: 0 })));
      await meet(pull, push, 'inproc');
      for (let i = 0; i < 15; i++) await push.send(Buffer.alloc(100));
      await assert.rejects(push.send('too much'), { code: 'EAGAIN' });
      assert.equal((await receiveTexts(pull, 15)).length, 15);
    }));

  test('waiting sends go in the order of their calls', () =>
    withSockets(async (sockets) => {
      const pull = sockets.add(asAny(new Pull({ receiveHighWaterMark: 1 })));
      const push = sockets.add(asAny(new Push({ sendHighWaterMark: 1 })));
      await meet(pull, push, 'inproc');
      const order: number[] = [];
      const sends = Array.from({ length: 50 }, (_, i) => push.send(`m${i}`).then(() => order.push(i)));
      assert.deepEqual(
        await receiveTexts(pull, 50),
        Array.from({ length: 50 }, (_, i) => `m${i}`),
      );
      await Promise.all(sends);
      assert.deepEqual(
        order,
        [...order].sort((a, b) => a - b),
      );
    }));

  test('PUB drops for the slow one only', () =>
    withSockets(async (sockets) => {
      const publisher = sockets.add(asAny(new Publisher({ sendHighWaterMark: 2 })));
      const slow = sockets.add(asAny(new Subscriber({ receiveHighWaterMark: 2 })));
      const fast = sockets.add(asAny(new Subscriber({ receiveHighWaterMark: 0 })));
      const address = await meet(publisher, slow, 'inproc');
      fast.connect(address);
      slow.subscribe();
      fast.subscribe();
      for (let i = 0; i < 10; i++) await publisher.send(`m${i}`);
      assert.deepEqual(await receiveTexts(slow, 4), ['m0', 'm1', 'm2', 'm3']);
      assert.equal((await receiveTexts(fast, 10)).length, 10);
      await publisher.send('later');
      assert.deepEqual(await receiveTexts(slow, 1), ['later']);
    }));

  test('XPUB with noDrop waits for the slow one', () =>
    withSockets(async (sockets) => {
      const publisher = sockets.add(asAny(new XPublisher({ sendHighWaterMark: 2, noDrop: true })));
      const slow = sockets.add(asAny(new Subscriber({ receiveHighWaterMark: 2 })));
      await meet(publisher, slow, 'inproc');
      slow.subscribe();
      const sends = Array.from({ length: 10 }, (_, i) => publisher.send(`m${i}`));
      assert.equal((await receiveTexts(slow, 10)).length, 10);
      await inTime('all sends', Promise.all(sends));
    }));

  test('ROUTER drops what a peer has no room for; with mandatory it waits', () =>
    withSockets(async (sockets) => {
      const router = new Router({ sendHighWaterMark: 1, sendTimeout: 0 });
      sockets.add(asAny(router));
      const dealer = sockets.add(asAny(new Dealer({ routingId: 'd', receiveHighWaterMark: 1 })));
      await meet(asAny(router), dealer, 'inproc');
      for (let i = 0; i < 5; i++) await router.send(['d', `m${i}`]);
      assert.deepEqual(await receiveTexts(dealer, 2), ['m0', 'm1']);
      router.mandatory = true;
      await router.send(['d', 'a']);
      await router.send(['d', 'b']);
      await assert.rejects(router.send(['d', 'c']), { code: 'EAGAIN' });
      await assert.rejects(router.send(['nobody', 'c']), { code: 'EHOSTUNREACH' });
    }));

  test('conflate keeps the newest', () =>
    withSockets(async (sockets) => {
      const pull = sockets.add(asAny(new Pull({ conflate: true })));
      const push = sockets.add(asAny(new Push({ conflate: true })));
      await meet(pull, push, 'inproc');
      for (let i = 0; i < 100; i++) await push.send(`m${i}`);
      assert.deepEqual(await receiveTexts(pull, 1), ['m99']);
      assert.equal(new Pull().readable, false);
    }));
});

for (const [title, first, second] of MEETINGS) {
  describe(`${title}, over tcp`, () => {
    test('PUSH waits for a PULL that does not read, and nothing is lost', () =>
      withSockets(async (sockets) => {
        const pull = sockets.add(new first.Pull({ receiveHighWaterMark: 10 }));
        const push = sockets.add(new second.Push({ sendHighWaterMark: 10 }));
        await meet(pull, push);
        const message = Buffer.alloc(64 * 1024);
        const { sent, waiting } = await sendUntilMute(push, message, 2000);
        assert.ok(waiting !== null, 'it never had to wait');
        for (let i = 0; i <= sent; i++) {
          const [part] = await inTime(`message ${i} of ${sent + 1}`, pull.receive());
          assert.equal(part?.length, message.length);
        }
        await inTime('the waiting send', waiting);
        await push.send('last');
        assert.deepEqual(await receiveTexts(pull, 1), ['last']);
      }));

    test('messages go to the peers in turn, and past one that is full', () =>
      withSockets(async (sockets) => {
        const push = sockets.add(new first.Push());
        const pulls = [0, 1, 2].map(() => sockets.add(new second.Pull()));
        const address = await meet(push, pulls[0] as AnySocket);
        const handshakes = new Promise<void>((resolve) => {
          let seen = 0;
          push.events.on('handshake', () => {
            if (++seen === 2) resolve();
          });
        });
        pulls[1]?.connect(address);
        pulls[2]?.connect(address);
        // The first one may have been counted before we looked.
        await inTime('handshakes', handshakes);
        await push.send('one is there');
        const early = Promise.race(pulls.map((pull) => pull.receive()));
        await inTime('the first message', early);
      }));

    test('fair queueing: a busy peer does not keep a quiet one waiting', () =>
      withSockets(async (sockets) => {
        const pull = sockets.add(new first.Pull({ receiveHighWaterMark: 100 }));
        const busy = sockets.add(new second.Push());
        const quiet = sockets.add(new second.Push());
        const address = await meet(pull, busy);
        quiet.connect(address);
        for (let i = 0; i < 900; i++) await busy.send('busy');
        assert.deepEqual(await receiveTexts(pull, 1), ['busy']);
        await quiet.send('quiet');
        const seen = await receiveTexts(pull, 900);
        assert.ok(seen.includes('quiet'), 'before the busy one was through');
      }));
  });
}

describe('subscribers that do not read', () => {
  for (const [title, library] of [
    ['ours', OURS],
    ['libzmq', THEIRS],
  ] as const) {
    test(`PUB never waits for ${title}, and its memory stays`, () =>
      withSockets(async (sockets) => {
        const publisher = sockets.add(asAny(new XPublisher({ sendHighWaterMark: 100 })));
        const subscriber = sockets.add(new library.Subscriber({ receiveHighWaterMark: 100 }));
        await meet(publisher, subscriber);
        subscriber.subscribe('');
        assert.deepEqual(await receiveTexts(publisher, 1), ['\x01']);
        const message = Buffer.alloc(100_000, 1);
        for (let i = 0; i < 2000; i++) {
          await publisher.send(message);
          if (i % 50 === 0) await new Promise(setImmediate);
        }
        const [part] = await inTime('the first message', subscriber.receive());
        assert.equal(part?.length, message.length);
      }));
  }
});

test('immediate: nothing is queued for a peer that is not there', () =>
  withSockets(async (sockets) => {
    const push = sockets.add(asAny(new Push({ immediate: true, sendTimeout: 0, reconnectInterval: 10 })));
    push.connect('tcp://127.0.0.1:9');
    await assert.rejects(push.send('x'), { code: 'EAGAIN' });
    const pull = sockets.add(asAny(new Pull()));
    const connected = nextEvent(push, 'handshake');
    await meet(pull, push);
    await connected;
    await push.send('y');
    assert.deepEqual(await receiveTexts(pull, 1), ['y']);
  }));

test('a request waits until somebody is there', () =>
  withSockets(async (sockets) => {
    const request = sockets.add(asAny(new Request()));
    let sent = false;
    const sending = request.send('q').then(() => {
      sent = true;
    });
    await new Promise(setImmediate);
    assert.equal(sent, false);
    const reply = sockets.add(new THEIRS.Reply());
    await meet(reply, request);
    await inTime('the request', sending);
    assert.deepEqual(await receiveTexts(reply, 1), ['q']);
  }));
