/**
 * The examples are programs that people copy: each is run here, and what it says must be so.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { run as demo } from '../../examples/demo/index.ts';
import { run as flashSale } from '../../examples/flash-sale/index.ts';
import { run as logPipeline } from '../../examples/log-pipeline/index.ts';
import { run as ordersInventory } from '../../examples/orders-inventory/index.ts';
import { run as signupMail } from '../../examples/signup-mail/index.ts';

describe('examples', { timeout: 60_000, concurrency: true }, () => {
  test('the demo: an order goes through five systems', async (context) => {
    const steps = await demo((line) => context.diagnostic(stripVTControlCharacters(line)));
    const systems = new Set(steps);
    assert.deepEqual([...systems].sort(), ['ActiveMQ', 'Kafka', 'RabbitMQ', 'RocketMQ', 'ZeroMQ']);
    assert.equal(steps.length, 7);
  });

  test('signup mail: everybody gets his mail, and one at the second attempt', async (context) => {
    const { users, mails, texts, failures } = await signupMail((line) => context.diagnostic(line));
    assert.deepEqual({ users, mails, texts, failures }, { users: 20, mails: 20, texts: 20, failures: 1 });
  });

  test('orders and inventory: nothing is lost while one of them is down', async (context) => {
    const { handledWhileDown, handled, stock, sold } = await ordersInventory((line) => context.diagnostic(line));
    assert.deepEqual([handledWhileDown, handled], [30, 60]);
    assert.deepEqual(stock, { pen: 80, ink: 80, paper: 80 });
    assert.deepEqual(sold, { pen: 20, ink: 20, paper: 20 });
  });

  test('flash sale: what there is is sold, once, by no more workers than there are', async (context) => {
    const { taken, sold, tooLate, left, busiest, distinct } = await flashSale((line) => context.diagnostic(line));
    assert.deepEqual(
      { taken, sold, tooLate, left, distinct },
      { taken: 500, sold: 100, tooLate: 400, left: 0, distinct: 100 },
    );
    assert.ok(busiest <= 10, `${busiest} at a time`);
  });

  test('log pipeline: the second reader sees what the first one saw', async (context) => {
    const { errors, all } = await logPipeline((line) => context.diagnostic(line));
    const sum = (counts: Record<string, number>) => Object.values(counts).reduce((total, count) => total + count, 0);
    assert.equal(sum(errors), Math.ceil(10_000 / 47));
    // Warnings are every nineteenth line that is no error.
    const warnings = Math.ceil(10_000 / 19) - Math.ceil(10_000 / (19 * 47));
    assert.equal(sum(all), sum(errors) + warnings);
  });
});
