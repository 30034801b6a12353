/**
 * The rules of single socket types: turns of REQ and REP, names of ROUTER, counts of SUB.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type * as zmq from '../../src/zmq/index.ts';
import { Context, Dealer, Reply, Request, Router, Subscriber, XPublisher } from '../../src/zmq/index.ts';
import { type AnySocket, inTime, meet, withSockets } from './kit.ts';

const asAny = (socket: unknown): AnySocket => socket as AnySocket;

describe('REQ and REP', () => {
  const together = async (use: (request: zmq.Request, reply: zmq.Reply) => Promise<void>, options: object = {}) => {
    const context = new Context();
    await using reply = new Reply({ context });
    await using request = new Request({ context, linger: 0, ...options });
    await reply.bind('inproc://r');
    request.connect('inproc://r');
    await inTime('the test', use(request, reply));
  };

  test('out of turn', () =>
    together(async (request, reply) => {
      await assert.rejects(request.receive(), { code: 'EFSM', errno: 156384763 });
      await assert.rejects(reply.send('a'), { code: 'EFSM' });
      await request.send('q');
      await assert.rejects(request.send('q'), { code: 'EFSM' });
      await reply.receive();
      await assert.rejects(reply.receive(), { code: 'EFSM' });
      await reply.send('a');
      assert.equal(String(await request.receive()), 'a');
    }));

  test('relaxed and correlate: a late answer is not taken for the new one', () =>
    together(
      async (request, reply) => {
        await request.send('one');
        assert.equal(String(await reply.receive()), 'one');
        await request.send('two');
        await reply.send('to one');
        assert.equal(String(await reply.receive()), 'two');
        await reply.send('to two');
        assert.equal(String(await request.receive()), 'to two');
      },
      { relaxed: true, correlate: true },
    ));

  test('what is no request is dropped', async () => {
    const context = new Context();
    await using reply = new Reply({ context });
    await using dealer = new Dealer({ context, linger: 0 });
    await reply.bind('inproc://r');
    dealer.connect('inproc://r');
    for (const message of ['no delimiter', ['id', ''], ['', 'good']]) await dealer.send(message);
    assert.equal(String(await inTime('the good one', reply.receive())), 'good');
  });
});

describe('ROUTER', () => {
  test('unknown peers, handover, and a name given beforehand', () =>
    withSockets(async (sockets) => {
      const router = new Router({ handover: true });
      sockets.add(asAny(router));
      await router.bind('tcp://127.0.0.1:*');
      const address = router.lastEndpoint as string;
      await router.send(['nobody', 'x']);
      const first = new Dealer({ routingId: 'same', reconnectInterval: -1 });
      sockets.add(asAny(first));
      first.connect(address);
      await first.send('one');
      assert.deepEqual((await inTime('one', router.receive())).map(String), ['same', 'one']);
      const second = new Dealer({ routingId: 'same' });
      sockets.add(asAny(second));
      second.connect(address);
      await second.send('two');
      assert.deepEqual((await inTime('two', router.receive())).map(String), ['same', 'two']);
      await router.send(['same', 'for the second']);
      assert.equal(String(await inTime('answer', second.receive())), 'for the second');
      router.mandatory = true;
      await assert.rejects(router.send(['nobody', 'x']), { code: 'EHOSTUNREACH' });

      const caller = new Router();
      sockets.add(asAny(caller));
      caller.connect(address, { routingId: 'callee' });
      await caller.send(['callee', 'hello']);
      const [, text] = await inTime('hello', router.receive());
      assert.equal(String(text), 'hello');
    }));

  test('without handover the second one of a name is not heard', () =>
    withSockets(async (sockets) => {
      const router = new Router();
      sockets.add(asAny(router));
      await router.bind('tcp://127.0.0.1:*');
      for (const text of ['first', 'second']) {
        const dealer = new Dealer({ routingId: 'same' });
        sockets.add(asAny(dealer));
        dealer.connect(router.lastEndpoint as string);
        await dealer.send(text);
        if (text === 'first') assert.equal(String((await inTime('first', router.receive()))[1]), 'first');
      }
      const third = new Dealer({ routingId: 'third' });
      sockets.add(asAny(third));
      third.connect(router.lastEndpoint as string);
      await third.send('third');
      assert.deepEqual((await inTime('third', router.receive())).map(String), ['third', 'third']);
    }));
});

test('a subscriber counts its subscriptions', () =>
  withSockets(async (sockets) => {
    const publisher = new XPublisher({ verbosity: 'allSubs' });
    const subscriber = new Subscriber();
    sockets.add(asAny(publisher));
    sockets.add(asAny(subscriber));
    await meet(asAny(publisher), asAny(subscriber));
    subscriber.subscribe('first');
    assert.equal(String(await inTime('subscription', publisher.receive())), '\x01first');
    subscriber.subscribe('a');
    subscriber.subscribe('a');
    subscriber.unsubscribe('a');
    subscriber.subscribe('b');
    const heard = [];
    for (let i = 0; i < 3; i++) heard.push(String(await inTime('subscription', publisher.receive())));
    assert.deepEqual(heard, ['\x01a', '\x01a', '\x01b']);
    subscriber.unsubscribe('a');
    assert.equal(String(await inTime('cancellation', publisher.receive())), '\x00a');
  }));
