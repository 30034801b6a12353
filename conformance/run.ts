/**
 * npm run conformance [NAME ...] [-- --update] [-- --only TEXT] [-- --broker HOST:PORT [--sasl-port N]]
 *
 * Runs real clients' own tests and programs against this broker. Each suite gets a broker of its own with an empty data
 * folder, on a free port, or on the port that its tests insist on. `--broker` points at one that is already running,
 * which is how the suites themselves were checked against RabbitMQ and Apache Kafka. Exits 1 when a test listed in a
 * tests.allow does not pass.
 */
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { BrokerProcess } from '../test/crash/broker-process.ts';
import { activemqJava } from './activemq-java/suite.ts';
import { activemqJava6 } from './activemq-java-6/suite.ts';
import { activemqSpring } from './activemq-spring/suite.ts';
import { judge, update } from './allowed.ts';
import { amqp091Go } from './amqp091-go/suite.ts';
import { amqplib } from './amqplib/suite.ts';
import { confluentKafka } from './confluent-kafka/suite.ts';
import { franzGo } from './franz-go/suite.ts';
import { kafkaJava } from './kafka-java/suite.ts';
import { kcat } from './kcat/suite.ts';
import { librdkafka } from './librdkafka/suite.ts';
import { pika } from './pika/suite.ts';
import { rocketmqGo } from './rocketmq-go/suite.ts';
import { rocketmqJava } from './rocketmq-java/suite.ts';
import { rocketmqJavaGrpc } from './rocketmq-java-grpc/suite.ts';
import { rocketmqSpring } from './rocketmq-spring/suite.ts';
import { springAmqp } from './spring-amqp/suite.ts';
import { stompPy } from './stomp-py/suite.ts';
import { type Listener, type Outcome, portIsFree, type Suite, type Target } from './suite.ts';

const suites: readonly Suite[] = [
  amqplib,
  springAmqp,
  amqp091Go,
  pika,
  kcat,
  confluentKafka,
  kafkaJava,
  franzGo,
  librdkafka,
  rocketmqJava,
  rocketmqJavaGrpc,
  rocketmqSpring,
  rocketmqGo,
  activemqJava,
  activemqJava6,
  activemqSpring,
  stompPy,
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    update: { type: 'boolean', default: false },
    only: { type: 'string' },
    broker: { type: 'string' },
    'sasl-port': { type: 'string' },
  },
});

const chosen = values.only === undefined ? {} : { only: values.only };

async function onOwnBroker(suite: Suite): Promise<Outcome> {
  const data = fs.mkdtempSync(path.join(tmpdir(), 'dragoman-conformance-'));
  const listener = suite.listener ?? 'amqp';
  const broker = await BrokerProcess.start({ data, listener, port: suite.port ?? 0, env: suite.settings ?? {} });
  try {
    const { port, ports } = broker;
    const outcome = await suite.run({ host: '127.0.0.1', port, ports, saslPort: port, own: true, ...chosen });
    if (broker.child.exitCode !== null) {
      return { ...outcome, failed: [...outcome.failed, { name: 'the broker lives', reason: broker.output }] };
    }
    return outcome;
  } finally {
    await broker.stop();
    fs.rmSync(data, { recursive: true, force: true });
  }
}

const USUAL_PORTS: Readonly<Record<Listener, number>> = {
  amqp: 5672,
  kafka: 9092,
  'rocketmq-namesrv': 9876,
  'rocketmq-grpc': 8081,
  openwire: 61616,
  stomp: 61613,
};

function given(broker: string, listener: Listener): Target {
  const [host = '127.0.0.1', port = USUAL_PORTS[listener]] = broker.split(':');
  const sasl = values['sasl-port'] === undefined ? {} : { saslPort: Number(values['sasl-port']) };
  return { host, port: Number(port), ...sasl, own: false, ...chosen };
}

/** Whether nothing that is known to pass failed. */
async function runSuite(suite: Suite): Promise<boolean> {
  const taken = suite.port !== undefined && values.broker === undefined && !(await portIsFree(suite.port));
  const skipped = taken ? `its tests want port ${suite.port}, which is in use` : await suite.missing();
  if (skipped !== undefined) {
    console.log(`${suite.name}: skipped: ${skipped}`);
    return true;
  }
  const outcome = await (values.broker === undefined
    ? onOwnBroker(suite)
    : suite.run(given(values.broker, suite.listener ?? 'amqp')));
  const skips = outcome.skipped ?? [];
  const counts = [`${outcome.passed.length} passed`, `${outcome.failed.length} failed`];
  if (skips.length > 0) counts.push(`${skips.length} skipped`);
  // Of the tests that were not chosen, nothing is known.
  const file = path.join(import.meta.dirname, suite.name, 'tests.allow');
  if (values.update && values.only === undefined) update(file, outcome);
  const verdict = values.only === undefined ? judge(file, outcome) : undefined;
  console.log(`${suite.name}: ${counts.join(', ')}${verdict === undefined ? '' : ` (${verdict.allowed} must pass)`}`);
  for (const { name, reason } of skips) console.log(`  skipped: ${name}: ${reason.split('\n')[0]}`);
  for (const { name, reason } of outcome.failed) console.log(`  fails: ${name}: ${reason.split('\n')[0]}`);
  if (verdict === undefined) return outcome.failed.length === 0;
  for (const name of verdict.newlyPassing) console.log(`  passes and is not in tests.allow: ${name}`);
  for (const name of verdict.stepsBack) console.log(`  A STEP BACK: ${name}`);
  return verdict.stepsBack.length === 0;
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
