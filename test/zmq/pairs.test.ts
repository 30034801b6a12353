/**
 * Every pair of socket types, over every transport, against libzmq in both directions and against ourselves.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type AnySocket,
  inTime,
  type Library,
  MEETINGS,
  meet,
  OURS,
  receiveTexts,
  type Sockets,
  type Transport,
  texts,
  withSockets,
} from './kit.ts';

type Scene = (first: Library, second: Library, sockets: Sockets, transport: Transport) => Promise<void>;

/** A publisher knows a subscription when a message of that topic arrives; until then it is sent again and again. */
async function untilSubscribed(publisher: AnySocket, subscriber: AnySocket, probe: string): Promise<void> {
  let arrived = false;
  const first = subscriber.receive().then((parts) => {
    arrived = true;
    return parts;
  });
  while (!arrived) {
    await publisher.send(probe);
    await new Promise(setImmediate);
  }
  assert.deepEqual(texts(await first), [probe]);
}

/** Drops what is left of the probes, and answers the first other message. */
async function afterProbes(subscriber: AnySocket, probe: string): Promise<string[]> {
  for (;;) {
    const parts = texts(await inTime('a message after the probes', subscriber.receive()));
    if (parts[0] !== probe) return parts;
  }
}

const scenes: Readonly<Record<string, Scene>> = {
  'PUSH binds, PULL connects': async (first, second, sockets, transport) => {
    const push = sockets.add(new first.Push());
    const pull = sockets.add(new second.Pull());
    await meet(push, pull, transport);
    for (let i = 0; i < 100; i++) await push.send([`a${i}`, '', `b${i}`]);
    assert.deepEqual(
      await receiveTexts(pull, 100),
      Array.from({ length: 100 }, (_, i) => `a${i}||b${i}`),
    );
  },
  'PULL binds, PUSH connects': async (first, second, sockets, transport) => {
    const pull = sockets.add(new first.Pull());
    const push = sockets.add(new second.Push());
    await meet(pull, push, transport);
    for (let i = 0; i < 100; i++) await push.send(`m${i}`);
    assert.deepEqual(
      await receiveTexts(pull, 100),
      Array.from({ length: 100 }, (_, i) => `m${i}`),
    );
  },
  'PAIR and PAIR': async (first, second, sockets, transport) => {
    const one = sockets.add(new first.Pair());
    const other = sockets.add(new second.Pair());
    await meet(one, other, transport);
    await other.send(['to', 'one']);
    assert.deepEqual(await receiveTexts(one, 1), ['to|one']);
    await one.send('to other');
    assert.deepEqual(await receiveTexts(other, 1), ['to other']);
  },
  'REP binds, REQ connects': async (first, second, sockets, transport) => {
    const reply = sockets.add(new first.Reply());
    const request = sockets.add(new second.Request());
    await meet(reply, request, transport);
    for (let i = 0; i < 20; i++) {
      await request.send([`q${i}`, '']);
      assert.deepEqual(await receiveTexts(reply, 1), [`q${i}|`]);
      await reply.send(`a${i}`);
      assert.deepEqual(await receiveTexts(request, 1), [`a${i}`]);
    }
  },
  'REQ binds, REP connects': async (first, second, sockets, transport) => {
    const request = sockets.add(new first.Request());
    const reply = sockets.add(new second.Reply());
    await meet(request, reply, transport);
    await request.send('q');
    assert.deepEqual(await receiveTexts(reply, 1), ['q']);
    await reply.send(['a', 'b']);
    assert.deepEqual(await receiveTexts(request, 1), ['a|b']);
  },
  'ROUTER binds, REQ connects': async (first, second, sockets, transport) => {
    const router = sockets.add(new first.Router());
    const request = sockets.add(new second.Request({ routingId: 'asker' }));
    await meet(router, request, transport);
    await request.send('q');
    assert.deepEqual(await receiveTexts(router, 1), ['asker||q']);
    await router.send(['asker', '', 'a']);
    assert.deepEqual(await receiveTexts(request, 1), ['a']);
  },
  'REP binds, DEALER connects': async (first, second, sockets, transport) => {
    const reply = sockets.add(new first.Reply());
    const dealer = sockets.add(new second.Dealer());
    await meet(reply, dealer, transport);
    await dealer.send(['way', 'back', '', 'q']);
    assert.deepEqual(await receiveTexts(reply, 1), ['q']);
    await reply.send('a');
    assert.deepEqual(await receiveTexts(dealer, 1), ['way|back||a']);
  },
  'ROUTER binds, DEALER connects': async (first, second, sockets, transport) => {
    const router = sockets.add(new first.Router());
    const dealer = sockets.add(new second.Dealer());
    await meet(router, dealer, transport);
    await dealer.send(['x', 'y']);
    const [id, ...rest] = await inTime('request', router.receive());
    assert.deepEqual(texts(rest), ['x', 'y']);
    assert.equal(id?.length, 5, 'an identity of our making');
    assert.equal(id[0], 0);
    await router.send([id, 'back']);
    assert.deepEqual(await receiveTexts(dealer, 1), ['back']);
  },
  'DEALER and DEALER': async (first, second, sockets, transport) => {
    const one = sockets.add(new first.Dealer());
    const other = sockets.add(new second.Dealer());
    await meet(one, other, transport);
    await other.send(['x', '', 'y']);
    assert.deepEqual(await receiveTexts(one, 1), ['x||y']);
    await one.send('z');
    assert.deepEqual(await receiveTexts(other, 1), ['z']);
  },
  'ROUTER and ROUTER': async (first, second, sockets, transport) => {
    const one = sockets.add(new first.Router({ routingId: 'one', mandatory: true }));
    const other = sockets.add(new second.Router({ routingId: 'other', probeRouter: true }));
    await meet(one, other, transport);
    assert.deepEqual(await receiveTexts(one, 1), ['other|'], 'the probe');
    await one.send(['other', 'hello']);
    assert.deepEqual(await receiveTexts(other, 1), ['one|hello']);
  },
  'PUB binds, SUB connects': async (first, second, sockets, transport) => {
    const publisher = sockets.add(new first.Publisher());
    const subscriber = sockets.add(new second.Subscriber());
    subscriber.subscribe('probe', 'a');
    await meet(publisher, subscriber, transport);
    await untilSubscribed(publisher, subscriber, 'probe');
    for (const message of [['b', 'no'], ['a', 'yes'], 'abc', '', 'c']) await publisher.send(message);
    assert.deepEqual(await afterProbes(subscriber, 'probe'), ['a', 'yes']);
    assert.deepEqual(await receiveTexts(subscriber, 1), ['abc']);
  },
  'SUB binds, PUB connects': async (first, second, sockets, transport) => {
    const subscriber = sockets.add(new first.Subscriber());
    const publisher = sockets.add(new second.Publisher());
    subscriber.subscribe();
    await meet(subscriber, publisher, transport);
    await untilSubscribed(publisher, subscriber, 'probe');
    await publisher.send(['x', 'y']);
    assert.deepEqual(await afterProbes(subscriber, 'probe'), ['x', 'y']);
  },
  'XPUB binds, XSUB connects': async (first, second, sockets, transport) => {
    const publisher = sockets.add(new first.XPublisher());
    const subscriber = sockets.add(new second.XSubscriber());
    await meet(publisher, subscriber, transport);
    await subscriber.send('\x01topic');
    assert.deepEqual(await receiveTexts(publisher, 1), ['\x01topic']);
    await publisher.send(['topical', 'x']);
    assert.deepEqual(await receiveTexts(subscriber, 1), ['topical|x']);
    await subscriber.send('no subscription');
    assert.deepEqual(await receiveTexts(publisher, 1), ['no subscription']);
    await subscriber.send('\x00topic');
    assert.deepEqual(await receiveTexts(publisher, 1), ['\x00topic']);
  },
  'XPUB binds, SUB connects': async (first, second, sockets, transport) => {
    const publisher = sockets.add(new first.XPublisher());
    const subscriber = sockets.add(new second.Subscriber());
    await meet(publisher, subscriber, transport);
    subscriber.subscribe('a', 'ab');
    assert.deepEqual(await receiveTexts(publisher, 2), ['\x01a', '\x01ab']);
    await publisher.send('abc');
    assert.deepEqual(await receiveTexts(subscriber, 1), ['abc'], 'once, though two topics match');
    subscriber.unsubscribe('a');
    assert.deepEqual(await receiveTexts(publisher, 1), ['\x00a']);
    subscriber.linger = 0;
    subscriber.close();
    assert.deepEqual(await receiveTexts(publisher, 1), ['\x00ab'], 'a peer that goes has no subscriptions');
  },
  'XSUB binds, PUB connects': async (first, second, sockets, transport) => {
    const subscriber = sockets.add(new first.XSubscriber());
    const publisher = sockets.add(new second.Publisher());
    await meet(subscriber, publisher, transport);
    await subscriber.send('\x01');
    await untilSubscribed(publisher, subscriber, 'probe');
    await publisher.send('x');
    assert.deepEqual(await afterProbes(subscriber, 'probe'), ['x']);
  },
};

for (const [title, first, second] of MEETINGS) {
  const transports: Transport[] = first === OURS && second === OURS ? ['tcp', 'ipc', 'inproc'] : ['tcp', 'ipc'];
  for (const transport of transports) {
    describe(`${title} over ${transport}`, () => {
      for (const [name, scene] of Object.entries(scenes)) {
        test(name, () => withSockets((sockets) => scene(first, second, sockets, transport)));
      }
    });
  }
}
