/**
 * The broker goes away and comes back: listeners go on by themselves, and what was confirmed or not acknowledged is
 * there.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { connect, fixed, queue } from '../../src/client/index.ts';
import { type ListenerName, startBroker } from '../../src/index.ts';
import { Arrivals } from './conformance/scene.ts';

const LISTENERS = { amqp: 'amqp', kafka: 'kafka', stomp: 'stomp', rocketmq: 'rocketmq-grpc' } as const;

async function sentAgain(send: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await send();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

describe('a broker that restarts', { timeout: 90_000, concurrency: true }, () => {
  for (const [scheme, listener] of Object.entries(LISTENERS) as [string, ListenerName][]) {
    test(`${scheme}://`, async (context) => {
      const folder = mkdtempSync(join(tmpdir(), 'dragoman-recovery-'));
      context.after(() => rmSync(folder, { recursive: true, force: true }));
      const first = await startBroker({ storage: { folder } });
      const { host, port } = new URL(first.url(listener).replace(/^\w+:/, 'http:'));
      const mq = await connect<string>(`${scheme}://${host}`, { onError: () => {} });
      const Jobs = queue<string>('jobs');
      const got = new Arrivals<string>();
      await mq.listen(Jobs, { retry: fixed({ delay: '300ms' }) }, (job, { attempt }) => {
        got.push(`${job} ${attempt}`);
        if (job === 'twice' && attempt === 1) throw new Error('once');
      });
      await mq.send(Jobs, 'twice');
      await got.count(1);
      await mq.send(Jobs, 'before');
      await got.count(2);
      await first.stop();

      const second = await startBroker({ storage: { folder }, ports: { [listener]: Number(port) } });
      context.after(async () => {
        await mq.close();
        await second.stop();
      });
      await sentAgain(() => mq.send(Jobs, 'after'));
      while (!['twice 2', 'after 1'].every((one) => got.all.includes(one))) await got.count(got.all.length + 1);
      assert.ok(got.all.length >= 4, 'each of them at least once');
    });
  }
});
