/**
 * amqplib's own tests, from the last npm tarball that carries them, unchanged, run by node:test as its package.json
 * does.
 *
 * Some connect to `localhost` and `[::1]` on port 5672 whatever one says. The broker listens on 127.0.0.1 alone, so a
 * relay stands on [::1] where the machine has IPv6.
 */
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { run } from 'node:test';
import { type Failure, missingCommand, type Outcome, prepare, type Suite, type Target } from '../suite.ts';

const AMQPLIB = '2.2.0';
const CLAIRE = '0.4.1'; // the property tests' library, as in its devDependencies
/** Its own 1 s is too short beside a busy machine's other work. */
const TEST_TIMEOUT_MS = 20_000;

const work = path.join(import.meta.dirname, '.work');
const sources = path.join(work, 'package');

export const amqplib: Suite = {
  name: 'amqplib',
  port: 5672,

  missing: () => missingCommand(['npm', '--version'], ['tar', '--version']),

  async run(target: Target): Promise<Outcome> {
    await install();
    process.env['URL'] = `amqp://${target.host}:${target.port}`;
    const relay = target.own ? await relayFromIpv6(target.port) : undefined;
    try {
      return await runTests();
    } finally {
      relay?.close();
    }
  },
};

async function install(): Promise<void> {
  if (fs.existsSync(path.join(work, 'node_modules', 'claire'))) return;
  fs.rmSync(work, { recursive: true, force: true });
  fs.mkdirSync(work, { recursive: true });
  await prepare('npm', ['pack', '--silent', `amqplib@${AMQPLIB}`], work);
  await prepare('tar', ['xzf', `amqplib-${AMQPLIB}.tgz`], work);
  fs.writeFileSync(path.join(work, 'package.json'), '{ "private": true }\n');
  await prepare('npm', ['install', '--silent', '--no-save', '--ignore-scripts', `claire@${CLAIRE}`], work);
}

function runTests(): Promise<Outcome> {
  const folder = path.join(sources, 'test');
  const files = fs.readdirSync(folder).filter((name) => name.endsWith('.test.js'));
  const passed: string[] = [];
  const failed: Failure[] = [];
  /** The suites around a test, per file. */
  const stacks = new Map<string, string[]>();
  const nameOf = (event: { file?: string; name: string; nesting: number }): string =>
    event.name === event.file
      ? `${path.basename(event.name)} as a whole`
      : [
          path.basename(event.file ?? ''),
          ...(stacks.get(event.file ?? '') ?? []).slice(0, event.nesting),
          event.name,
        ].join(' > ');

  return new Promise((resolve, reject) => {
    const stream = run({
      files: files.map((name) => path.join(folder, name)),
      concurrency: 1,
      timeout: TEST_TIMEOUT_MS,
    });
    stream.on('test:start', (event) => {
      const stack = stacks.get(event.file ?? '') ?? [];
      stack.length = event.nesting;
      stack.push(event.name);
      stacks.set(event.file ?? '', stack);
    });
    stream.on('test:pass', (event) => {
      if (event.details.type === 'suite' || event.skip !== undefined || event.name === event.file) return;
      passed.push(nameOf(event));
    });
    stream.on('test:fail', (event) => {
      if (event.details.type === 'suite') return;
      const { error } = event.details;
      const cause = error.cause instanceof Error ? error.cause : error;
      failed.push({ name: nameOf(event), reason: cause.message });
    });
    stream.once('error', reject);
    stream.once('end', () => resolve({ passed: unique(passed), failed }));
    stream.resume();
  });
}

/** Tests of one name in one group are told apart by a number. */
function unique(names: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return names.map((name) => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name} (${count})`;
  });
}

function relayFromIpv6(port: number): Promise<net.Server | undefined> {
  const relay = net.createServer((inside) => {
    const outside = net.connect(port, '127.0.0.1');
    inside.pipe(outside).pipe(inside);
    inside.on('error', () => outside.destroy());
    outside.on('error', () => inside.destroy());
  });
  return new Promise((resolve) => {
    relay.once('error', () => resolve(undefined)); // no IPv6 here: that one test fails
    relay.listen(port, '::1', () => resolve(relay));
  });
}
