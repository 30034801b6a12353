/**
 * npm run conformance [NAME ...] [-- --update] [-- --broker HOST:PORT]
 *
 * Runs real clients' own tests and programs against this broker. Each suite gets a broker of its own with an empty data
 * folder, on a free port, or on the port that its tests insist on. `--broker` points at one that is already running,
 * which is how the suites themselves were checked against RabbitMQ. Exits 1 when a test listed in a tests.allow does
 * not pass.
 */
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { BrokerProcess } from '../test/crash/broker-process.ts';
import { judge, update } from './allowed.ts';
import { amqp091Go } from './amqp091-go/suite.ts';
import { amqplib } from './amqplib/suite.ts';
import { pika } from './pika/suite.ts';
import { springAmqp } from './spring-amqp/suite.ts';
import { type Outcome, portIsFree, type Suite, type Target } from './suite.ts';

const suites: readonly Suite[] = [amqplib, springAmqp, amqp091Go, pika];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { update: { type: 'boolean', default: false }, broker: { type: 'string' } },
});

async function onOwnBroker(suite: Suite): Promise<Outcome> {
  const data = fs.mkdtempSync(path.join(tmpdir(), 'dragoman-conformance-'));
  const broker = await BrokerProcess.start({ data, port: suite.port ?? 0 });
  try {
    const outcome = await suite.run({ host: '127.0.0.1', port: broker.port, own: true });
    if (broker.child.exitCode !== null) {
      return { ...outcome, failed: [...outcome.failed, { name: 'the broker lives', reason: broker.output }] };
    }
    return outcome;
  } finally {
    await broker.stop();
    fs.rmSync(data, { recursive: true, force: true });
  }
}

function given(broker: string): Target {
  const [host = '127.0.0.1', port = '5672'] = broker.split(':');
  return { host, port: Number(port), own: false };
}

/** Whether nothing that is known to pass failed. */
async function runSuite(suite: Suite): Promise<boolean> {
  const taken = suite.port !== undefined && values.broker === undefined && !(await portIsFree(suite.port));
  const skipped = taken ? `its tests want port ${suite.port}, which is in use` : await suite.missing();
  if (skipped !== undefined) {
    console.log(`${suite.name}: skipped: ${skipped}`);
    return true;
  }
  const outcome = await (values.broker === undefined ? onOwnBroker(suite) : suite.run(given(values.broker)));
  const file = path.join(import.meta.dirname, suite.name, 'tests.allow');
  if (values.update) update(file, outcome);
  const { allowed, stepsBack, newlyPassing } = judge(file, outcome);
  console.log(`${suite.name}: ${outcome.passed.length} passed, ${outcome.failed.length} failed (${allowed} must pass)`);
  for (const { name, reason } of outcome.failed) console.log(`  fails: ${name}: ${reason.split('\n')[0]}`);
  for (const name of newlyPassing) console.log(`  passes and is not in tests.allow: ${name}`);
  for (const name of stepsBack) console.log(`  A STEP BACK: ${name}`);
  return stepsBack.length === 0;
}

const unknown = positionals.filter((name) => !suites.some((suite) => suite.name === name));
if (unknown.length > 0) {
  console.error(`no suite ${unknown.join(', ')}; there are ${suites.map(({ name }) => name).join(', ')}`);
  process.exit(1);
}
for (const suite of suites) {
  if (positionals.length > 0 && !positionals.includes(suite.name)) continue;
  try {
    if (!(await runSuite(suite))) process.exitCode = 1;
  } catch (error) {
    console.log(`${suite.name}: could not run: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
