/**
 * What sockets tell about their connections, and the proxy between two of them.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  Dealer,
  Proxy as MessageProxy,
  Publisher,
  Pull,
  Push,
  Router,
  XPublisher,
  XSubscriber,
} from '../../src/zmq/index.ts';
import { type AnySocket, inTime, meet, receiveTexts, THEIRS, withSockets } from './kit.ts';

const asAny = (socket: unknown): AnySocket => socket as AnySocket;

describe('events', () => {
  test('one after the other, until the socket is closed', () =>
    withSockets(async (sockets) => {
      const pull = new Pull();
      const push = sockets.add(new THEIRS.Push());
      const { events } = pull;
      const types: string[] = [];
      const reading = (async () => {
        for await (const event of events) {
          types.push(event.type);
          if (event.type === 'bind') assert.equal(event.address, pull.lastEndpoint ?? event.address);
        }
      })();
      await meet(asAny(pull), push);
      await push.send('x');
      await inTime('message', pull.receive());
      await pull.close();
      await inTime('the end of events', reading);
      assert.deepEqual(types.slice(0, 3), ['bind', 'accept', 'handshake']);
      assert.deepEqual(types.slice(3, -1).sort(), ['close', 'disconnect']);
      assert.equal(types.at(-1), 'end');
      assert.equal(events.closed, true);
      await assert.rejects(events.receive(), { code: 'EBADF' });
    }));

  test('listeners hear from the start, and exclude reading', () =>
    withSockets(async (sockets) => {
      const push = new Push({ reconnectInterval: 5 });
      sockets.add(asAny(push));
      const { events } = push;
      push.connect('tcp://127.0.0.1:9');
      const { interval, type } = await inTime(
        'retry',
        new Promise<{ interval: number; type: string }>((resolve) => events.on('connect:retry', resolve)),
      );
      assert.equal(type, 'connect:retry');
      assert.ok(interval >= 5 && interval <= 10);
      await assert.rejects(events.receive(), /event emitter mode/);
    }));

  test('intervals grow up to the largest one', () =>
    withSockets(async (sockets) => {
      const push = new Push({ reconnectInterval: 1, reconnectMaxInterval: 4 });
      sockets.add(asAny(push));
      push.connect('tcp://127.0.0.1:9');
      const intervals: number[] = [];
      for await (const event of push.events) {
        if (event.type === 'connect:retry') intervals.push(event.interval);
        if (intervals.length === 5) break;
      }
      assert.deepEqual(intervals, [1, 2, 4, 4, 4]);
    }));
});

describe('proxy', () => {
  test('requests and replies, with pause and resume', () =>
    withSockets(async (sockets) => {
      const proxy = new MessageProxy(new Router(), new Dealer());
      await assert.rejects(proxy.run(), { code: 'EINVAL' });
      await proxy.frontEnd.bind('tcp://127.0.0.1:*');
      await proxy.backEnd.bind('tcp://127.0.0.1:*');
      const running = proxy.run();
      await assert.rejects(proxy.run(), { code: 'EINVAL' });
      const request = sockets.add(new THEIRS.Request());
      const reply = sockets.add(new THEIRS.Reply());
      request.connect(proxy.frontEnd.lastEndpoint as string);
      reply.connect(proxy.backEnd.lastEndpoint as string);
      await request.send('q');
      assert.deepEqual(await receiveTexts(reply, 1), ['q']);
      proxy.pause();
      await reply.send('a');
      const answer = receiveTexts(request, 1);
      let answered = false;
      void answer.then(() => {
        answered = true;
      });
      for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
      assert.equal(answered, false);
      proxy.resume();
      assert.deepEqual(await answer, ['a']);
      proxy.terminate();
      await inTime('the end', running);
      assert.ok(proxy.frontEnd.closed && proxy.backEnd.closed);
    }));

  test('publishers and subscribers, with a third one looking on', () =>
    withSockets(async (sockets) => {
      const capture = new Push();
      const watcher = sockets.add(asAny(new Pull()));
      await meet(asAny(capture), watcher, 'inproc');
      const proxy = new MessageProxy(new XSubscriber(), new XPublisher(), capture);
      await proxy.frontEnd.bind('tcp://127.0.0.1:*');
      await proxy.backEnd.bind('tcp://127.0.0.1:*');
      const running = proxy.run();
      const subscriber = sockets.add(new THEIRS.Subscriber());
      const publisher = sockets.add(asAny(new Publisher()));
      publisher.connect(proxy.frontEnd.lastEndpoint as string);
      subscriber.connect(proxy.backEnd.lastEndpoint as string);
      subscriber.subscribe('t');
      assert.deepEqual(await receiveTexts(watcher, 1), ['\x01t'], 'the subscription is on its way');
      const receiving = receiveTexts(subscriber, 1);
      let received = false;
      void receiving.then(() => {
        received = true;
      });
      while (!received) {
        await publisher.send(['topic', 'x']);
        await new Promise(setImmediate);
      }
      assert.deepEqual(await receiving, ['topic|x']);
      assert.deepEqual(await receiveTexts(watcher, 1), ['topic|x']);
      proxy.terminate();
      await inTime('the end', running);
    }));
});
