/**
 * `send`, `receive`, `request`.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as v from 'valibot';
import {
  bytes,
  ClosedError,
  PublishError,
  queue,
  RemoteError,
  TimeoutError,
  text,
  topic,
} from '../../../src/client/index.ts';
import { Arrivals, Scene, type Subject } from './scene.ts';

const Order = v.object({ number: v.number(), customer: v.string() });

export function templates(subject: Subject): void {
  describe('templates', () => {
    test('a value goes to every group of a topic, once each', async (context) => {
      const scene = await Scene.open(context, subject);
      const mq = await scene.connect();
      const Orders = topic(scene.name(), { schema: Order, key: ({ customer }) => customer });
      const got = new Arrivals<string>();
      await mq.listen(Orders, { group: 'billing' }, ({ number }) => got.push(`billing ${number}`));
      await mq.listen(Orders, { group: 'audit' }, ({ number }) => got.push(`audit ${number}`));
      await mq.send(Orders, { number: 1, customer: 'ann' });
      await mq.send(Orders, { number: 2, customer: 'bob' });
      assert.deepEqual([...(await got.count(4))].sort(), ['audit 1', 'audit 2', 'billing 1', 'billing 2']);
    });

    test('a queue gives each message to one listener', async (context) => {
      const scene = await Scene.open(context, subject);
      const Jobs = queue<number>(scene.name('jobs'));
      const got = new Arrivals<number>();
      for (const mq of [await scene.connect(), await scene.connect()]) {
        await mq.listen(Jobs, {}, (number) => got.push(number));
      }
      const sender = await scene.connect();
      await Promise.all([1, 2, 3, 4, 5, 6].map((number) => sender.send(Jobs, number)));
      const all = await got.count(6);
      assert.deepEqual([...all].sort(), [1, 2, 3, 4, 5, 6]);
    });

    test('payload, key, headers and id arrive as they were', async (context) => {
      const scene = await Scene.open(context, subject);
      const mq = await scene.connect();
      for (const place of [topic<unknown>(scene.name()), queue<unknown>(scene.name('queue'))]) {
        const got = new Arrivals<object>();
        await mq.listen(place, {}, (value, { key, headers, id, attempt, body }) => {
          const [unicode, type] = [headers['x-unicode'], headers['content-type']];
          got.push({ value, key, unicode, type, id, attempt, text: Buffer.from(body).toString() });
        });
        await mq.send(place, { text: 'grüße 你好' }, { key: 'k-1', headers: { 'x-unicode': 'é€😀' }, id: 'id-7' });
        const [value, text] = [{ text: 'grüße 你好' }, '{"text":"grüße 你好"}'];
        const type = 'application/json';
        assert.deepEqual(await got.count(1), [
          { value, key: 'k-1', unicode: 'é€😀', type, id: 'id-7', attempt: 1, text },
        ]);
      }
    });

    test('text, bytes, nothing and a megabyte', async (context) => {
      const scene = await Scene.open(context, subject);
      const mq = await scene.connect();
      const Lines = topic(scene.name('lines'), { codec: text });
      const Blobs = topic(scene.name('blobs'), { codec: bytes });
      const lines = new Arrivals<string>();
      const blobs = new Arrivals<Uint8Array>();
      await mq.listen(Lines, {}, (line) => lines.push(line));
      await mq.listen(Blobs, {}, (blob) => blobs.push(blob));
      const binary = new Uint8Array(256).map((_, index) => index);
      const large = new Uint8Array(1_000_000).map((_, index) => index % 251);
      await mq.send(Lines, 'one\ntwo');
      const sent = subject.refusesEmpty ? [binary, large] : [binary, new Uint8Array(0), large];
      for (const blob of sent) await mq.send(Blobs, blob);
      if (subject.refusesEmpty) await assert.rejects(mq.send(Blobs, new Uint8Array(0)), PublishError);
      assert.deepEqual(await lines.count(1), ['one\ntwo']);
      const got = (await blobs.count(sent.length)).map((blob) => Buffer.from(blob));
      assert.deepEqual(
        got,
        sent.map((blob) => Buffer.from(blob)),
      );
    });

    test('sends of one key keep their order, also when nobody waits between them', async (context) => {
      const scene = await Scene.open(context, subject);
      const mq = await scene.connect();
      const Numbers = topic<number>(scene.name(), { key: () => 'same' });
      const got = new Arrivals<number>();
      await mq.listen(Numbers, {}, (number) => got.push(number));
      const numbers = Array.from({ length: 300 }, (_, index) => index);
      await Promise.all(numbers.map((number) => mq.send(Numbers, number)));
      assert.deepEqual(await got.count(300), numbers);
      await mq.sendAll(Numbers, numbers);
      assert.deepEqual((await got.count(600)).slice(300), numbers);
    });

    test('what a schema refuses is not sent', async (context) => {
      const scene = await Scene.open(context, subject);
      const mq = await scene.connect();
      const Orders = topic(scene.name(), { schema: Order });
      await assert.rejects(mq.send(Orders, { number: 'one' } as never), { name: 'ValidationError' });
    });

    test('receive: one message, or undefined after a while', async (context) => {
      const scene = await Scene.open(context, subject);
      const mq = await scene.connect();
      const Jobs = queue<number>(scene.name('jobs'));
      assert.equal(await mq.receive(Jobs, { timeout: 300 }), undefined);
      await mq.send(Jobs, 1);
      assert.equal((await mq.receive(Jobs, { timeout: '20s' }))?.value, 1);
      assert.equal(await mq.receive(Jobs, { timeout: 300 }), undefined);
    });

    test('a request is answered, also many at once', async (context) => {
      const scene = await Scene.open(context, subject);
      const [server, client] = [await scene.connect(), await scene.connect()];
      const Prices = queue<{ sku: number }, { sku: number }, number>(scene.name('prices'), { reply: v.number() });
      await server.listen(Prices, { concurrency: 4 }, async ({ sku }) => sku * 10);
      const skus = Array.from({ length: 20 }, (_, index) => index);
      const prices = await Promise.all(skus.map((sku) => client.request(Prices, { sku }, { timeout: '20s' })));
      assert.deepEqual(
        prices,
        skus.map((sku) => sku * 10),
      );
    });

    test('a request hears of the error there, and of silence', async (context) => {
      const scene = await Scene.open(context, subject);
      const mq = await scene.connect();
      const Prices = queue<string>(scene.name('prices'));
      await mq.listen(Prices, {}, (what) => {
        if (what === 'bad') throw new RangeError('no such thing');
      });
      const failed = (error: Error) => error instanceof RemoteError && error.failure === 'RangeError';
      await assert.rejects(mq.request(Prices, 'bad', { timeout: '20s' }), failed);
      await assert.rejects(mq.request(Prices, 'silent', { timeout: 300 }), TimeoutError);
      const aborted = AbortSignal.abort(new Error('enough'));
      await assert.rejects(mq.request(Prices, 'silent', { signal: aborted }), /enough/);
    });

    test('a closed connection says so', async (context) => {
      const scene = await Scene.open(context, subject);
      const mq = await scene.connect();
      await mq.close();
      await mq.closed;
      await assert.rejects(mq.send(topic(scene.name()), 1), ClosedError);
      await assert.rejects(
        mq.listen(topic(scene.name()), {}, () => {}),
        ClosedError,
      );
    });
  });
}
