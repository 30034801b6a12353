/**
 * Options and addresses: what is taken, what is refused and how.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Context, Dealer, Pair, Pull, Push, Router } from '../../src/zmq/index.ts';
import { type AnySocket, inTime, meet, withSockets } from './kit.ts';

const asAny = (socket: unknown): AnySocket => socket as AnySocket;

describe('options', () => {
  test('by the constructor and as properties; wrong values are refused', () => {
    const push = new Push({ sendHighWaterMark: 7, linger: 0, plainUsername: 'u' });
    assert.equal(push.sendHighWaterMark, 7);
    assert.equal(push.securityMechanism, 'plain');
    push.sendTimeout = 12;
    assert.equal(push.sendTimeout, 12);
    assert.equal(push.type, 8);
    for (const [name, value] of [
      ['linger', 'x'],
      ['linger', -2],
      ['sendHighWaterMark', -1],
      ['immediate', 1],
      ['plainUsername', 5],
      ['linger', 1.5],
    ] as const) {
      assert.throws(() => Object.assign(push, { [name]: value }), TypeError, name);
    }
    assert.throws(() => Object.assign(push, { lastEndpoint: 'x' }), TypeError);
    assert.throws(() => new Dealer({ routingId: '' }), TypeError);
    assert.equal(new Router().handover, false);
    assert.ok(!('subscribe' in push) && !('receive' in push));
  });

  test('what would be no encryption or no proxy is refused', () => {
    for (const name of ['curveServer', 'curvePublicKey', 'curveSecretKey', 'curveServerKey', 'socksProxy']) {
      assert.throws(() => new Push({ [name]: 'something' } as object), TypeError, name);
    }
    new Push({ curveServer: false, socksProxy: null } as object).close();
  });

  test('a context sets defaults and limits', () => {
    const context = new Context({ blocky: false, maxSockets: 1 });
    assert.equal(new Pair({ context }).linger, 0);
    assert.throws(() => new Pair({ context }), { code: 'EMFILE' });
  });
});

describe('addresses', () => {
  test('bad ones', async () => {
    const pair = new Pair();
    for (const [address, code] of [
      ['nonsense', 'EINVAL'],
      ['tcp://', 'EINVAL'],
      ['tcp://127.0.0.1', 'EINVAL'],
      ['tcp://127.0.0.1:99999', 'EINVAL'],
      ['tcp://no-such-interface:1', 'ENODEV'],
      ['pgm://x', 'EPROTONOSUPPORT'],
      [`ipc:///tmp/${'x'.repeat(200)}`, 'EINVAL'],
    ] as const) {
      await assert.rejects(pair.bind(address), { code, address }, address);
    }
    assert.throws(() => pair.connect('tcp://127.0.0.1:*'), { code: 'EINVAL' });
    assert.throws(() => pair.connect('tcp://*:80'), { code: 'EINVAL' });
    await pair.close();
    await assert.rejects(pair.bind('tcp://127.0.0.1:*'), { code: 'EBADF' });
    await assert.rejects(pair.send('x'), { code: 'EBADF' });
    await assert.rejects(pair.receive(), { code: 'EBADF' });
  });

  test('one that is taken', () =>
    withSockets(async (sockets) => {
      const one = sockets.add(asAny(new Pull()));
      const other = sockets.add(asAny(new Pull()));
      for (const address of ['tcp://127.0.0.1:*', 'inproc://taken']) {
        await one.bind(address);
        await assert.rejects(other.bind(one.lastEndpoint as string), { code: 'EADDRINUSE' });
      }
    }));

  test('all interfaces, IPv6, sources, synchronous binding, and no use while binding', () =>
    withSockets(async (sockets) => {
      const push = new Push();
      sockets.add(asAny(push));
      const pull = new Pull({ ipv6: true });
      sockets.add(asAny(pull));
      const binding = pull.bind('tcp://*:*');
      await assert.rejects(pull.bind('tcp://*:*'), { code: 'EBUSY' });
      await binding;
      assert.match(String(pull.lastEndpoint), /^tcp:\/\/\[::\]:\d+$/);
      const port = String(pull.lastEndpoint).split(':').at(-1);
      push.connect(`tcp://127.0.0.1:0;127.0.0.1:${port}`);
      await push.send('from a source');
      assert.equal(String(await inTime('message', pull.receive())), 'from a source');
      const sync = new Pull();
      sockets.add(asAny(sync));
      sync.bindSync('tcp://127.0.0.1:*');
      const other = new Push();
      sockets.add(asAny(other));
      other.connect(sync.lastEndpoint as string);
      await other.send('x');
      assert.equal(String(await inTime('message', sync.receive())), 'x');
    }));

  test('tcpAcceptFilter lets in only whom it names', () =>
    withSockets(async (sockets) => {
      const pull = sockets.add(asAny(new Pull({ tcpAcceptFilter: '10.0.0.0/8' })));
      const push = sockets.add(asAny(new Push({ reconnectInterval: -1 })));
      let accepted = 0;
      pull.events.on('accept', () => accepted++);
      const refused = new Promise((resolve) => push.events.on('handshake:error:other', resolve));
      await meet(pull, push);
      await inTime('the end', refused);
      assert.equal(accepted, 0);
    }));
});
