/**
 * librdkafka's own tests of a broker, unchanged: the sources that the npm package node-rdkafka carries, built here.
 *
 * Its `test-runner` holds all tests; which of them need a broker is read from the table in its `test.c`. Each number
 * runs in a process of its own with a deadline, in quick mode and without the ones that shape the network (`-E`), so
 * that one which hangs or crashes costs only itself. Its outcome is in the report that the runner writes even when it
 * is about to abort, the reason among what it says on standard error:
 *
 *   ### Test "0008_reqacks" failed at 0008-reqacks.c:125:main_0008_reqacks() at Mon Nov 23 06:52:38 2026: ###
 *   expected ...
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { command, type Failure, missingCommand, type Outcome, prepare, type Suite, type Target } from '../suite.ts';

const NODE_RDKAFKA = '3.6.1'; // librdkafka 2.12.0
/** What the tests take the broker for. */
const KAFKA_VERSION = '4.0.0';
const DEADLINE_MS = 180_000;
const ADMIN = '0081';

/** Tests that want what a broker without an authorizer can't give. */
const APART: Readonly<Record<string, string>> = {
  '0109': 'sets ACLs by kafka-acls.sh',
  '0115': 'sets ACLs by kafka-acls.sh',
  '0119': 'sets ACLs by kafka-acls.sh',
  do_test_CreateAcls: 'needs an authorizer',
  do_test_DescribeAcls: 'needs an authorizer',
  do_test_DeleteAcls: 'needs an authorizer',
};

/** Tests that now and then fail on Apache Kafka, too, where the client overtakes itself: one pass of three will do. */
const RACES: ReadonlySet<string> = new Set(['0008', '0118']);
const RACE_TRIES = 3;

const work = path.join(import.meta.dirname, '.work');
const sources = path.join(work, 'package/deps/librdkafka');
const runner = path.join(sources, 'tests/test-runner');
/** They leave files of statistics where they are run. */
const ground = path.join(work, 'ground');
/** What they take for a Kafka that is installed: `kafka-topics.sh` alone. */
const kafka = path.join(work, 'kafka');

export const librdkafka: Suite = {
  name: 'librdkafka',
  listener: 'kafka',
  settings: { DRAGOMAN_KAFKA_PARTITIONS: '4' },

  missing: () =>
    missingCommand(['npm', '--version'], ['tar', '--version'], ['g++', '--version'], ['make', '--version']),

  async run(target: Target): Promise<Outcome> {
    if (!fs.existsSync(runner)) await build();
    fs.rmSync(ground, { recursive: true, force: true });
    fs.mkdirSync(ground);
    fs.writeFileSync(path.join(ground, 'test.conf'), `bootstrap.servers=${target.host}:${target.port}\n`);
    installKafkaTopics();
    const broker = `${target.host}:${target.port}`;
    const results: Result[] = [];
    for (const number of numbers()) {
      if (!(target.only ?? number).startsWith(number)) continue;
      if (number === ADMIN) for (const part of adminParts()) results.push(await runAdminPart(part, broker));
      else if (APART[number] !== undefined) results.push(apart(number, APART[number]));
      else results.push(...(await runNumber(number, broker)));
    }
    fs.writeFileSync(path.join(work, 'results.tsv'), results.map(tabs).join(''));
    const those = (state: Result['state']): Failure[] => results.filter((result) => result.state === state);
    return { passed: those('PASSED').map(({ name }) => name), failed: those('FAILED'), skipped: those('SKIPPED') };
  },
};

interface Result extends Failure {
  readonly name: string;
  readonly state: 'PASSED' | 'FAILED' | 'SKIPPED';
  readonly seconds: number;
  readonly reason: string;
}

async function build(): Promise<void> {
  fs.rmSync(work, { recursive: true, force: true });
  fs.mkdirSync(work, { recursive: true });
  await prepare('npm', ['pack', '--silent', `node-rdkafka@${NODE_RDKAFKA}`], work);
  await prepare('tar', ['xzf', `node-rdkafka-${NODE_RDKAFKA}.tgz`], work);
  await prepare('./configure', ['--disable-lz4-ext', '--disable-curl', '--disable-gssapi'], sources);
  const jobs = `-j${os.availableParallelism()}`;
  await prepare('make', [jobs, 'libs'], sources);
  await prepare('make', [jobs, 'test-runner'], path.join(sources, 'tests'));
}

/**
 * The numbers of the tests that need a broker, from lines such as `_TEST(0012_produce_consume, 0),`: not the local
 * ones, those by hand, those of its mock broker and those which want a broker that creates no topics by itself.
 */
function numbers(): Set<string> {
  const table = fs.readFileSync(path.join(sources, 'tests/test.c'), 'utf8');
  const found = new Set<string>();
  for (const [, name = '', rest = ''] of table.matchAll(/^ {4}_TEST\((\w+),((?:.|\n)*?)\),$/gm)) {
    const apart = /TEST_F_(LOCAL|MANUAL|SOCKEM|KNOWN_ISSUE\b)|\.scenario = "noautocreate"/.test(rest);
    if (!apart && !name.endsWith('_mock')) found.add(name.slice(0, 4));
  }
  return found;
}

const tabs = ({ name, state, seconds, reason }: Result): string => `${name}\t${state}\t${seconds}\t${reason}\n`;

const apart = (name: string, reason: string): Result => ({ name, state: 'SKIPPED', seconds: 0, reason });

function installKafkaTopics(): void {
  const script = path.join(kafka, 'bin/kafka-topics.sh');
  const program = path.join(import.meta.dirname, 'kafka-topics.ts');
  fs.mkdirSync(path.dirname(script), { recursive: true });
  fs.writeFileSync(script, `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`, { mode: 0o755 });
}

async function runNumber(number: string, broker: string): Promise<readonly Result[]> {
  for (let tries = RACES.has(number) ? RACE_TRIES : 1; ; tries--) {
    const { results } = await execute(number, broker);
    if (tries === 1 || results.every(({ state }) => state !== 'FAILED')) return results;
  }
}

/** The functions of the test of the Admin API that announce themselves as parts of it. */
function adminParts(): Set<string> {
  const parts = new Set<string>();
  let last = '';
  for (const line of fs.readFileSync(path.join(sources, 'tests/0081-admin.c'), 'utf8').split('\n')) {
    last = /^(?:static void )?(do_test_\w+)\(/.exec(line)?.[1] ?? last;
    if (/^ +SUB_TEST(_QUICK)?\(/.test(line)) parts.add(last);
  }
  return parts;
}

/** It stops at the first thing that fails, so its parts are run one by one. */
async function runAdminPart(part: string, broker: string): Promise<Result> {
  const name = `${ADMIN}_admin > ${part.replace('do_test_', '')}`;
  if (APART[part] !== undefined) return apart(name, APART[part]);
  const { results, said } = await execute(ADMIN, broker, { SUBTESTS: `${part}:` });
  const { state, seconds, reason } = results[0]!;
  const [, skip] = new RegExp(`\\[ ${part}:.* SKIP: (.*) ]`).exec(said) ?? [];
  const ran = new RegExp(`\\[ ${part}:.* PASS \\(`).test(said);
  if (state !== 'PASSED' || ran) return { name, state, seconds, reason };
  return skip === undefined ? { name, state: 'FAILED', seconds, reason: 'was not run' } : apart(name, skip);
}

interface Execution {
  readonly results: readonly Result[];
  readonly said: string;
}

async function execute(
  number: string,
  broker: string,
  more: Readonly<Record<string, string>> = {},
): Promise<Execution> {
  const report = path.join(ground, 'report.json');
  fs.rmSync(report, { force: true });
  const env = {
    ...more,
    TESTS: number,
    TEST_KAFKA_VERSION: KAFKA_VERSION,
    TEST_REPORT: report,
    KAFKA_PATH: kafka,
    BROKERS: broker,
    RDKAFKA_TEST_CONF: path.join(ground, 'test.conf'),
    LD_LIBRARY_PATH: ['src', 'src-cpp'].map((folder) => path.join(sources, folder)).join(':'),
  };
  const began = performance.now();
  const { errors, late } = await command(runner, ['-p1', '-L', '-Q', '-E'], {
    cwd: ground,
    env,
    deadlineMs: DEADLINE_MS,
  });
  const said = stripVTControlCharacters(errors);
  if (fs.existsSync(report)) return { results: read(report, number, said), said };
  const seconds = (performance.now() - began) / 1000;
  const reason = late ? `not finished after ${DEADLINE_MS} ms` : said.trimEnd().split('\n').at(-1)!;
  return { results: [{ name: number, state: 'FAILED', seconds, reason }], said };
}

interface Report {
  readonly tests: Readonly<Record<string, { readonly state: string; readonly duration: number }>>;
}

function read(report: string, number: string, said: string): Result[] {
  const { tests } = JSON.parse(fs.readFileSync(report, 'utf8')) as Report;
  const results: Result[] = [];
  for (const [name, { state, duration }] of Object.entries(tests)) {
    if (!name.startsWith(`${number}_`)) continue;
    if (state === 'PASSED') results.push({ name, state, seconds: duration, reason: '' });
    else if (state !== 'SKIPPED') results.push({ name, state: 'FAILED', seconds: duration, reason: reasonIn(said) });
    // Those that were not chosen are reported as skipped, too, but say nothing of it.
    else if (said.includes(`Test ${name} SKIPPED`)) {
      const reason = new RegExp(`\\[${name} .* SKIPPING TEST: (.*?)(\\[${name}|$)`, 'm').exec(said)?.[1] ?? '';
      results.push({ name, state, seconds: duration, reason });
    }
  }
  return results;
}

function reasonIn(said: string): string {
  const [, where = '', what = ''] =
    /^.*### Test "(?!<MAIN>).*" failed at (\S+?)(?:\(\))? at .*\n(.*)/m.exec(said) ?? [];
  return `${where}: ${what}`;
}
