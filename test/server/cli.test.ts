/**
 * The command line as scripts see it: lines on standard output, one line on standard error when it can't, exit codes.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { connect } from 'amqplib';
import { LISTENER_NAMES } from '../../src/server/view.ts';

const ENTRY = new URL('../../bin/dragoman.js', import.meta.url).pathname;
const FREE_PORTS = LISTENER_NAMES.flatMap((name) => [`--${name}-port`, '0']);
/** All but AMQP's. */
const OTHERS = LISTENER_NAMES.filter((name) => name !== 'amqp');

const folder = mkdtempSync(join(tmpdir(), 'dragoman-cli-'));
/** A test that fails leaves its broker running; it must not outlive the file. */
const children = new Set<ChildProcess>();

after(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function start(flags: readonly string[], environment: NodeJS.ProcessEnv = {}): ChildProcess {
  // Not in the repository: a broker without --data would leave its folder there.
  const child = spawn(process.execPath, [ENTRY, ...flags], { cwd: folder, env: { ...process.env, ...environment } });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

async function end(child: ChildProcess): Promise<Ended> {
  assert.ok(child.stdout !== null && child.stderr !== null);
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code, output, errors };
}

function run(flags: readonly string[], environment: NodeJS.ProcessEnv = {}, input = ''): Promise<Ended> {
  const child = start(flags, environment);
  child.stdin?.end(input);
  return end(child);
}

/** Its lines up to `ready`. */
async function ready(child: ChildProcess): Promise<string[]> {
  let output = '';
  for await (const chunk of child.stdout ?? []) {
    output += chunk;
    if (/^ready in \d+ ms$/m.test(output)) return output.trim().split('\n');
  }
  return assert.fail(`ended before it was ready: ${output}`);
}

async function refused(flags: readonly string[], line: RegExp, environment: NodeJS.ProcessEnv = {}): Promise<void> {
  const { code, output, errors } = await run(flags, environment);
  assert.equal(code, 1, errors);
  assert.equal(output, '');
  assert.match(errors, line);
  assert.equal(errors.trimEnd().split('\n').length, 1, `one line: ${errors}`);
}

async function stop(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
  const ended = once(child, 'exit');
  child.kill(signal);
  const [code] = await ended;
  return code;
}

test('a line for each listener, then the ready line; SIGTERM and SIGINT end it with 0', async () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const child = start(['serve', '--memory', ...FREE_PORTS]);
    const lines = await ready(child);
    const listening = lines.slice(0, -1).map((line) => /^listening (\S+) 127\.0\.0\.1:\d+$/.exec(line)?.[1]);
    assert.deepEqual(listening, [...LISTENER_NAMES]);
    assert.equal(await stop(child, signal), 0);
  }
});

test('a listener that is off is not started; the environment counts', async () => {
  const off = OTHERS.map((name) => [`DRAGOMAN_${name.toUpperCase().replaceAll('-', '_')}_PORT`, 'off']);
  const environment = {
    ...Object.fromEntries(off),
    DRAGOMAN_AMQP_PORT: '0',
    DRAGOMAN_MEMORY: '1',
    DRAGOMAN_HOST: '::1',
  };
  const child = start([], environment);
  const lines = await ready(child);
  assert.equal(lines.length, 2);
  assert.match(lines[0] ?? '', /^listening amqp \[::1\]:\d+$/);
  assert.equal(await stop(child), 0);
});

test('what can’t be started says why in one line and exits 1', async () => {
  await refused(['--amqp-prot', '1'], /^dragoman: unknown option '--amqp-prot'\n$/);
  await refused(['--amqp-port', 'x'], /^dragoman: --amqp-port: "x" is not allowed; expected a port number/);
  await refused(['--amqp-port'], /^dragoman: option '--amqp-port <N>' argument missing/);
  await refused(['consume'], /^dragoman: /);
  await refused([], /^dragoman: DRAGOMAN_DURABILITY: "no"/, { DRAGOMAN_DURABILITY: 'no' });
  await refused(['--config', 'none.yaml'], /^dragoman: cannot read the configuration file none\.yaml: ENOENT/);
  await refused(['--memory', '--host', 'no-such-host.invalid'], /^dragoman: --host: .*no address/);
});

test('open to other machines only with configured users', async () => {
  await refused(['--memory', '--host', '0.0.0.0', ...FREE_PORTS], /^dragoman: --host 0\.0\.0\.0 .*configure users/);
  const { output: hash, code } = await run(['hash-password'], {}, 'secret\n');
  assert.equal(code, 0);
  writeFileSync(
    join(folder, 'users.yaml'),
    `host: 0.0.0.0\nusers:\n  - { name: app, password-hash: ${hash.trim()} }\n`,
  );
  const child = start(['--config', 'users.yaml', '--memory', ...FREE_PORTS]);
  const [line] = await ready(child);
  const port = line?.split(':').at(-1);
  const client = await connect(`amqp://app:secret@127.0.0.1:${port}`);
  await client.close();
  await assert.rejects(connect(`amqp://guest:guest@127.0.0.1:${port}`));
  assert.equal(await stop(child), 0);
});

test('a used port', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  const line = new RegExp(`^dragoman: cannot listen for amqp on 127\\.0\\.0\\.1:${port}: the port is in use\\n$`);
  await refused(
    ['--memory', '--amqp-port', String(port), ...OTHERS.flatMap((name) => [`--${name}-port`, 'off'])],
    line,
  );
  other.close();
});

test('a locked folder, and one that is no folder', async () => {
  const flags = ['--data', join(folder, 'locked'), ...FREE_PORTS];
  const child = start(flags);
  await ready(child);
  await refused(flags, /^dragoman: .*in use/);
  assert.equal(await stop(child, 'SIGKILL'), null);
  const again = start(flags);
  await ready(again);
  assert.equal(await stop(again), 0);
  writeFileSync(join(folder, 'a-file'), 'x');
  await refused(['--data', join(folder, 'a-file'), ...FREE_PORTS], /^dragoman: .*a-file/);
});

test('what was confirmed before SIGTERM is there after the next start, and clients are told', async () => {
  const flags = ['--data', join(folder, 'kept'), ...FREE_PORTS];
  const child = start(flags);
  const port = (await ready(child))[0]?.split(':').at(-1);
  const client = await connect(`amqp://127.0.0.1:${port}`);
  const channel = await client.createConfirmChannel();
  await channel.assertQueue('kept');
  for (let number = 0; number < 500; number++)
    channel.sendToQueue('kept', Buffer.from(`${number}`), { persistent: true });
  await channel.waitForConfirms();
  const told = once(client, 'close');
  assert.equal(await stop(child), 0);
  assert.match(String((await told)[0]), /CONNECTION-FORCED|CONNECTION_FORCED/);

  const again = start(flags);
  const portAgain = (await ready(again))[0]?.split(':').at(-1);
  const reader = await connect(`amqp://127.0.0.1:${portAgain}`);
  const { messageCount } = await (await reader.createChannel()).checkQueue('kept');
  assert.equal(messageCount, 500);
  await reader.close();
  assert.equal(await stop(again), 0);
});

test('--help and --version', async () => {
  const { code, output } = await run(['serve', '--help']);
  assert.equal(code, 0);
  assert.match(output, /--durability <fsync\|os>/);
  assert.match(output, /DRAGOMAN_AMQP_PORT/);
  const version = await run(['--version']);
  assert.equal(version.code, 0);
  assert.match(version.output, /^\d+\.\d+\.\d+\n$/);
});
