/**
 * PLAIN in both roles against libzmq (whose server asks a ZAP handler), and `authenticate`.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Pull, Push, type SocketOptions } from '../../src/zmq/index.ts';
import { type AnySocket, inTime, MEETINGS, meet, nextEvent, OURS, receiveTexts, THEIRS, withSockets } from './kit.ts';

const asAny = (socket: unknown): AnySocket => socket as AnySocket;

/** What libzmq's PLAIN server asks about its peers: lets ann in. */
async function zapHandler(): Promise<AnySocket> {
  const handler = new THEIRS.Reply();
  await handler.bind('inproc://zeromq.zap.01');
  const answer = async (): Promise<void> => {
    for (;;) {
      const [version, id, , , , , username, password] = await handler.receive();
      const known = String(username) === 'ann' && String(password) === 'secret';
      await handler.send([version as Buffer, id as Buffer, known ? '200' : '400', '', known ? 'ann' : '', '']);
    }
  };
  answer().catch(() => {});
  return handler;
}

let handler: AnySocket;
before(async () => {
  handler = await zapHandler();
});
after(() => handler.close());

const letAnnIn = ({ username, password }: { username: string; password: string }): boolean =>
  username === 'ann' && password === 'secret';

for (const [title, first, second] of MEETINGS) {
  describe(`PLAIN, ${title}`, () => {
    const server = (): object => ({
      plainServer: true,
      zapDomain: 'test',
      ...(first === OURS && { authenticate: letAnnIn }),
    });

    test('the right password', () =>
      withSockets(async (sockets) => {
        const pull = sockets.add(new first.Pull(server()));
        const push = sockets.add(new second.Push({ plainUsername: 'ann', plainPassword: 'secret' }));
        await meet(pull, push);
        await push.send('hello');
        assert.deepEqual(await receiveTexts(pull, 1), ['hello']);
      }));

    test('a wrong password: both sides learn of it, and the client does not try again', () =>
      withSockets(async (sockets) => {
        const pull = sockets.add(new first.Pull(server()));
        const push = sockets.add(
          new second.Push({ plainUsername: 'ann', plainPassword: 'guess', reconnectInterval: 1 }),
        );
        let tries = 0;
        push.events.on('connect', () => tries++);
        const refused = nextEvent(push, 'handshake:error:auth');
        const refusing = first === OURS ? nextEvent(pull, 'handshake:error:auth') : null;
        await meet(pull, push);
        assert.equal((await refused).error?.status, 400);
        if (refusing !== null) assert.equal((await refusing).error?.status, 400);
        assert.equal(tries, 1);
      }));

    test('another mechanism on each side', () =>
      withSockets(async (sockets) => {
        const pull = sockets.add(new first.Pull(server()));
        const push = sockets.add(new second.Push());
        // Libzmq cuts off at the first look, perhaps before its own greeting is out.
        const failed = Promise.race(
          ['handshake:error:protocol', 'handshake:error:other'].map(
            (type) =>
              new Promise<Error & { code?: string }>((resolve) => {
                pull.events.on(type, ({ error }) => resolve(error ?? new Error('no error')));
              }),
          ),
        );
        await meet(pull, push);
        const error = await inTime('the end', failed);
        if (second === OURS) assert.equal(error.code, 'ERR_ZMTP_MECHANISM_MISMATCH');
      }));
  });
}

describe('authenticate', () => {
  async function attempt(options: SocketOptions<Pull>, username: string | null): Promise<string> {
    let outcome = '';
    await withSockets(async (sockets) => {
      const pull = sockets.add(asAny(new Pull(options)));
      const push = sockets.add(
        asAny(new Push({ plainUsername: username, reconnectInterval: -1, handshakeInterval: 500 })),
      );
      const seen = ['handshake', 'handshake:error:auth', 'handshake:error:protocol', 'handshake:error:other'].map(
        (type) =>
          new Promise<string>((resolve) => {
            asAny(push).events.on(type, ({ error }) => resolve(`${type}${error?.status ?? ''}`));
          }),
      );
      await meet(pull, push);
      outcome = await inTime('an outcome', Promise.race(seen));
    });
    return outcome;
  }

  test('its answers', async () => {
    const plain = { plainServer: true } as const;
    assert.equal(await attempt({ ...plain, authenticate: () => true }, 'x'), 'handshake');
    assert.equal(await attempt({ ...plain, authenticate: async () => 'somebody' }, 'x'), 'handshake');
    assert.equal(await attempt({ ...plain, authenticate: () => false }, 'x'), 'handshake:error:auth400');
    assert.equal(await attempt({ ...plain, authenticate: () => 500 }, 'x'), 'handshake:error:auth500');
    assert.equal(await attempt({ ...plain, authenticate: () => 300 }, 'x'), 'handshake:error:other', 'no word');
    assert.equal(await attempt(plain, 'x'), 'handshake:error:auth400', 'a server that knows nobody lets nobody in');
    const broken = () => Promise.reject(new Error('out of order'));
    assert.equal(await attempt({ ...plain, authenticate: broken }, 'x'), 'handshake:error:auth500');
  });

  test('decides about peers without credentials too, by their address', async () => {
    const asked: string[] = [];
    const options: SocketOptions<Pull> = {
      zapDomain: 'here',
      authenticate: ({ mechanism, address, domain }) => {
        asked.push(`${mechanism} ${address} ${domain}`);
        return asked.length > 1;
      },
    };
    assert.equal(await attempt(options, null), 'handshake:error:auth400');
    assert.equal(await attempt(options, null), 'handshake');
    assert.deepEqual(asked, ['NULL 127.0.0.1 here', 'NULL 127.0.0.1 here']);
  });
});
