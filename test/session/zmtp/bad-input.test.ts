/**
 * Peers that break the rules: each is closed, nobody else notices, and nothing is stored of what was not whole.
 */
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { type EmbeddedBroker, ManualClock, startBroker } from '../../../src/index.ts';
import { metadataCommand } from '../../../src/wire/zmtp/command.ts';
import { greeting } from '../../../src/wire/zmtp/greeting.ts';
import { Random } from '../../wire/amqp091/random.ts';

const ready = metadataCommand('READY', [{ name: 'Socket-Type', value: Buffer.from('PUSH') }]);
const opening = Buffer.concat([greeting(1, 'NULL', false), ready]);

async function open(context: TestContext, clock?: ManualClock): Promise<EmbeddedBroker> {
  const options = clock === undefined ? {} : { clock };
  const broker = await startBroker({ ...options, zmqEndpoints: ['pull:0:queue/tasks'] });
  context.after(() => broker.stop());
  return broker;
}

function dial(broker: EmbeddedBroker): Socket {
  const { hostname, port } = new URL(broker.url('zmq-1'));
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  return socket.resume();
}

const gone = (socket: Socket): Promise<void> => new Promise((resolve) => socket.once('close', () => resolve()));

async function stored(broker: EmbeddedBroker): Promise<number> {
  await broker.idle();
  const headers = { authorization: `Basic ${Buffer.from('guest:guest').toString('base64')}` };
  const response = await fetch(`${broker.url('http')}/api/queues/%2F/tasks`, { headers });
  return ((await response.json()) as { messages: number }).messages;
}

describe('bad input', { timeout: 20_000, concurrency: true }, () => {
  const wrongs: readonly (readonly [string, Buffer])[] = [
    ['another protocol', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['an old version', Buffer.concat([Buffer.from('ff00000000000000017f01', 'hex'), Buffer.alloc(53)])],
    ['a mechanism that is not spoken', greeting(1, 'CURVE' as 'NULL', false)],
    ['a message before READY', Buffer.concat([greeting(1, 'NULL', false), Buffer.of(0, 1, 0x78)])],
    [
      'a socket of the wrong type',
      Buffer.concat([
        greeting(1, 'NULL', false),
        metadataCommand('READY', [{ name: 'Socket-Type', value: Buffer.from('SUB') }]),
      ]),
    ],
    ['flags that there are not', Buffer.concat([opening, Buffer.of(0x40, 1, 0x78)])],
    ['a length above the limit', Buffer.concat([opening, Buffer.from('020000000040000000', 'hex')])],
    ['too many frames', Buffer.concat([opening, ...Array<Buffer>(2_000).fill(Buffer.of(1, 0))])],
  ];
  for (const [name, bytes] of wrongs) {
    test(name, async (context) => {
      const broker = await open(context);
      const socket = dial(broker);
      socket.write(bytes);
      await gone(socket);
      assert.equal(await stored(broker), 0);
    });
  }

  test('half a message is none; whole ones before it are kept', async (context) => {
    const broker = await open(context);
    const socket = dial(broker);
    socket.end(Buffer.concat([opening, Buffer.of(0, 1, 0x78), Buffer.of(1, 1, 0x79), Buffer.of(0, 9, 0x7a)]));
    await gone(socket);
    assert.equal(await stored(broker), 1);
  });

  test('who does not introduce himself in time is let go', async (context) => {
    const clock = new ManualClock();
    const broker = await open(context, clock);
    const socket = dial(broker);
    socket.write(opening.subarray(0, 30));
    await new Promise((resolve) => socket.once('connect', resolve));
    await broker.idle();
    clock.advance(10_000);
    await gone(socket);
  });

  test('a silent peer is asked, and given up', async (context) => {
    const clock = new ManualClock();
    const broker = await open(context, clock);
    const socket = dial(broker);
    const asked = new Promise<void>((resolve) => {
      socket.on('data', (chunk) => chunk.includes('PING') && resolve());
    });
    socket.write(opening);
    await broker.idle();
    clock.advance(15_000);
    await asked;
    clock.advance(15_000);
    await gone(socket);
  });

  test('noise behind a good opening', async (context) => {
    const broker = await open(context);
    for (let seed = 1; seed <= 60; seed++) {
      const random = new Random(seed);
      const socket = dial(broker);
      const noise = Buffer.from(Array.from({ length: random.int(400) }, () => random.int(random.int(2) ? 256 : 8)));
      socket.end(Buffer.concat([opening.subarray(0, 64 + random.int(opening.length - 63)), noise]));
      await gone(socket);
    }
    const socket = dial(broker);
    const before = await stored(broker);
    socket.end(Buffer.concat([opening, Buffer.of(0, 1, 0x78)]));
    await gone(socket);
    assert.equal(await stored(broker), before + 1);
  });
});
