/**
 * `zmq://`: bare ZeroMQ. What it can do is little, and it says what it cannot.
 */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { after, describe, test } from 'node:test';
import { CapabilityError, type Connection, connect, queue, text, topic } from '../../src/client/index.ts';
import { Push } from '../../src/zmq/index.ts';
import { Arrivals } from './conformance/scene.ts';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const open: Connection<'zmq'>[] = [];
after(() => Promise.all(open.map((one) => one.close())));

async function pair() {
  const address = `127.0.0.1:${await freePort()}` as const;
  const bound = await connect(`zmq://${address}?bind`);
  const connected = await connect(`zmq://${address}`);
  open.push(bound, connected);
  return { bound, connected, address };
}

const Lines = queue('lines', { codec: text });

describe('zmq://', { timeout: 30_000 }, () => {
  test('a queue is PUSH and PULL, payloads only, with any peer', async () => {
    const { bound, connected, address } = await pair();
    const got = new Arrivals<string>();
    await bound.listen(Lines, { prefetch: 2 }, async (line) => got.push(line));
    await connected.sendAll(Lines, ['one', 'two', 'three']);
    assert.deepEqual([...(await got.count(3))], ['one', 'two', 'three']);
    await using foreign = new Push();
    foreign.connect(`tcp://${address}`);
    await foreign.send('from elsewhere');
    assert.equal((await got.count(4))[3], 'from elsewhere');
  });

  test('a topic is PUB and SUB', async () => {
    const { bound, connected } = await pair();
    const News = topic('news', { codec: text });
    const got = new Arrivals<string>();
    await connected.listen(News, {}, (line) => got.push(line));
    // A publisher does not know when its subscribers are there.
    while (got.all.length === 0) {
      await bound.send(News, 'hello');
      await new Promise(setImmediate);
    }
    assert.equal(got.all[0], 'hello');
  });

  test('receive waits, and gives up', async () => {
    const { bound, connected } = await pair();
    assert.equal(await bound.receive(Lines, { timeout: 50 }), undefined);
    await connected.send(Lines, 'late');
    assert.equal((await bound.receive(Lines, { timeout: '10s' }))?.value, 'late');
  });

  test('a handler that throws is reported, and the next message comes', async () => {
    const address = `127.0.0.1:${await freePort()}` as const;
    const errors: string[] = [];
    const bound = await connect(`zmq://${address}?bind`, { onError: (error) => errors.push(String(error)) });
    const connected = await connect(`zmq://${address}`);
    open.push(bound, connected);
    const got = new Arrivals<string>();
    await bound.listen(Lines, {}, (line) => {
      got.push(line);
      if (line === 'bad') throw new Error('not this one');
    });
    await connected.sendAll(Lines, ['bad', 'good']);
    assert.deepEqual([...(await got.count(2))], ['bad', 'good']);
    assert.deepEqual(errors, ['Error: not this one']);
  });

  test('what it cannot do it refuses by name', async () => {
    const { bound, connected } = await pair();
    const loose = bound as Connection<string>;
    await assert.rejects(loose.send(Lines, 'x', { headers: { a: 'b' } }), CapabilityError);
    await assert.rejects(loose.send(Lines, 'x', { delay: '1s' }), CapabilityError);
    await assert.rejects(loose.request(Lines, 'x'), CapabilityError);
    const nothing = (): void => {};
    for (const options of [{ retry: false }, { deadLetter: true }, { group: 'g' }, { ack: 'manual' }] as const) {
      await assert.rejects(loose.listen(Lines, options, nothing), CapabilityError);
    }
    await assert.rejects(loose.replay(Lines), CapabilityError);
    await connected.send(Lines, 'x');
    assert.equal((await bound.receive(Lines, { timeout: '10s' }))?.value, 'x');
    await assert.rejects(connected.listen(Lines, {}, nothing), /is a Push by its first use/);
  });
});
