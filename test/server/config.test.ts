/**
 * Configuration: precedence of the four places, every check's one line, and that secrets are not repeated.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ConfigurationError, readConfiguration } from '../../src/server/config.ts';
import { flagOf, optionNames, variableOf } from '../../src/server/options.ts';
import { hashPassword } from '../../src/server/password.ts';

const folder = mkdtempSync(join(tmpdir(), 'dragoman-config-'));
after(() => rmSync(folder, { recursive: true }));

function file(content: string): string {
  const path = join(folder, 'dragoman.yaml');
  writeFileSync(path, content);
  return path;
}

function refused(start: () => unknown): string {
  try {
    start();
  } catch (error) {
    assert.ok(error instanceof ConfigurationError, String(error));
    assert.ok(!error.message.includes('\n'), 'one line');
    return error.message;
  }
  return assert.fail('should have been refused');
}

test('the defaults are those of the documentation', () => {
  assert.deepEqual(readConfiguration({}, {}), {
    data: './data',
    memory: false,
    host: '127.0.0.1',
    advertise: null,
    durability: 'fsync',
    logLevel: 'info',
    amqpPort: 5672,
    kafkaPort: 9092,
    kafkaPartitions: 1,
    rocketmqPort: 10911,
    rocketmqNamesrvPort: 9876,
    rocketmqGrpcPort: 8081,
    rocketmqAutoCreate: true,
    stompDialect: 'activemq',
    checkImmunityMs: 6_000,
    checkIntervalMs: 30_000,
    checksMax: 15,
    rolledBackKeptMs: 0,
    openwirePort: 61616,
    prioritizedQueues: null,
    stompPort: 61613,
    wsPort: 61614,
    zmqPort: 5555,
    zmqEndpoints: null,
    httpPort: 15672,
    users: [],
  });
});

test('file, environment, command line: the later one wins', () => {
  const config = file('amqp-port: 1\nhttp-port: off\nlog-level: warn\n');
  const configuration = readConfiguration(
    { config, amqpPort: '3' },
    { DRAGOMAN_AMQP_PORT: '2', DRAGOMAN_LOG_LEVEL: 'error', DRAGOMAN_OTHERS: 'x' },
  );
  assert.equal(configuration.amqpPort, 3);
  assert.equal(configuration.logLevel, 'error');
  assert.equal(configuration.httpPort, null);
});

test('the file may be named by the environment, and may be empty', () => {
  assert.equal(readConfiguration({}, { DRAGOMAN_CONFIG: file('data: /var/lib/x') }).data, '/var/lib/x');
  assert.equal(readConfiguration({ config: file('# nothing\n') }, {}).data, './data');
});

test('every option has a flag and a variable', () => {
  const spelt = optionNames.map((name) => `${flagOf(name)} ${variableOf(name)}`);
  assert.ok(spelt.includes('--amqp-port DRAGOMAN_AMQP_PORT'));
  assert.equal(new Set(spelt).size, optionNames.length);
});

test('switches', () => {
  assert.equal(readConfiguration({ memory: true }, {}).memory, true);
  assert.equal(readConfiguration({}, { DRAGOMAN_MEMORY: 'false' }).memory, false);
  assert.match(
    refused(() => readConfiguration({}, { DRAGOMAN_MEMORY: 'maybe' })),
    /^DRAGOMAN_MEMORY: "maybe" .*true or false/,
  );
});

test('what is wrong is named with its place', () => {
  for (const port of ['65536', '-1', '1.5', 'x', '', ' 5', '0x10', '1e3']) {
    assert.match(
      refused(() => readConfiguration({ amqpPort: port }, {})),
      /^--amqp-port: .*expected a port number/,
    );
  }
  assert.match(
    refused(() => readConfiguration({ durability: 'maybe' }, {})),
    /--durability: "maybe".*fsync, os/,
  );
  assert.match(
    refused(() => readConfiguration({ config: file('amqp-prot: 1') }, {})),
    /no option "amqp-prot"/,
  );
  assert.match(
    refused(() => readConfiguration({ config: file('host: [1]') }, {})),
    /: host: .*expected a text/,
  );
  assert.match(
    refused(() => readConfiguration({ config: file('- a\n- b') }, {})),
    /expected "option: value" lines/,
  );
  assert.match(
    refused(() => readConfiguration({ config: file('a: "b') }, {})),
    /dragoman\.yaml: /,
  );
  assert.match(
    refused(() => readConfiguration({ config: join(folder, 'none') }, {})),
    /cannot read .*ENOENT/,
  );
});

test('users come from the file, and their secrets do not come back in errors', () => {
  const hash = hashPassword('s3cret');
  const users = (entry: string) => readConfiguration({ config: file(`users:\n  - ${entry}\n`) }, {}).users;
  assert.deepEqual(users(`{ name: app, password-hash: ${hash}, tags: [monitoring] }`), [
    { name: 'app', passwordHash: hash, tags: ['monitoring'] },
  ]);
  const plain = refused(() => users('{ name: app, password-hash: s3cret }'));
  assert.match(plain, /users\.0\.password-hash: expected a hash made by/);
  assert.ok(!plain.includes('s3cret'));
  assert.match(
    refused(() => users('{ name: app }')),
    /password-hash: expected it to be given/,
  );
  assert.match(
    refused(() => users(`{ name: app, password-hash: ${hash}, password: x }`)),
    /users\.0\.password: expected no/,
  );
  assert.match(
    refused(() => users(`{ name: app, password-hash: ${hash}, tags: [king] }`)),
    /tags\.0: expected one of/,
  );
  const twice = `{ name: a, password-hash: ${hash} }\n  - { name: a, password-hash: ${hash} }`;
  assert.match(
    refused(() => users(twice)),
    /users whose names differ/,
  );
});
