/**
 * franz-go: a Go program of ours over kgo and kadm with a line a check, and the client's own tests of a broker,
 * unchanged, from the module itself.
 *
 * Which of its test files need a broker is seen by their making a client of it. Each of their tests is a process of its
 * own with a deadline, so that one which hangs costs only itself; its parts are reported by their names, too.
 */
import fs from 'node:fs';
import path from 'node:path';
import { linesAsOutcome } from '../lines.ts';
import { command, type Failure, type Outcome, prepare, type Suite, type Target } from '../suite.ts';

const FRANZ_GO = 'v1.22.2';
const KADM = 'v1.19.0';
/** What that version of franz-go asks for. */
const GO_MINOR = 26;
const PROGRAM_DEADLINE_MS = 300_000;
const TEST_DEADLINE_MS = 120_000;

const MODULE = 'github.com/twmb/franz-go';
const work = path.join(import.meta.dirname, '.work');
const program = path.join(work, 'program');
const tests = path.join(work, 'kgo.test');

export const franzGo: Suite = {
  name: 'franz-go',
  listener: 'kafka',
  settings: { DRAGOMAN_KAFKA_PARTITIONS: '4' },

  async missing() {
    const found = await command('go', ['env', 'GOVERSION']).catch(() => undefined);
    const minor = Number(/^go1\.(\d+)/.exec(found?.output ?? '')?.[1] ?? 0);
    return minor >= GO_MINOR ? undefined : `Go 1.${GO_MINOR} or later is not installed`;
  },

  async run(target: Target): Promise<Outcome> {
    await build();
    const broker = `${target.host}:${target.port}`;
    const sasl = target.saslPort === undefined ? '' : `${target.host}:${target.saslPort}`;
    const only = target.only ?? '';
    const own = await linesAsOutcome(program, [broker, sasl, only], { deadlineMs: PROGRAM_DEADLINE_MS });
    const theirs = await runTests(broker, only);
    return {
      passed: [...own.passed, ...theirs.passed],
      failed: [...own.failed, ...theirs.failed],
      skipped: [...(own.skipped ?? []), ...theirs.skipped],
    };
  },
};

async function build(): Promise<void> {
  if (!fs.existsSync(path.join(work, 'ready'))) {
    fs.rmSync(work, { recursive: true, force: true });
    fs.mkdirSync(work, { recursive: true });
    await prepare('go', ['mod', 'init', 'conformance'], work);
    await prepare('go', ['get', '-t', `${MODULE}@${FRANZ_GO}`, `${MODULE}/pkg/kadm@${KADM}`], work);
    await prepare('go', ['test', '-c', '-o', tests, `${MODULE}/pkg/kgo`], work);
    fs.writeFileSync(path.join(work, 'ready'), '');
  }
  const sources = fs.readdirSync(import.meta.dirname).filter((name) => name.endsWith('.go'));
  const files = sources.map((name) => path.join(import.meta.dirname, name));
  await prepare('go', ['build', '-o', program, ...files], work);
}

/** The tests in those files that make clients of the broker. */
async function brokerTests(): Promise<string[]> {
  const module = (await prepare('go', ['list', '-m', '-f', '{{.Dir}}', MODULE], work)).trim();
  const folder = path.join(module, 'pkg/kgo');
  const names: string[] = [];
  for (const file of fs.readdirSync(folder)) {
    if (!file.endsWith('_test.go')) continue;
    const text = fs.readFileSync(path.join(folder, file), 'utf8');
    if (!/\bnewTestClient\(|\badm\(\)|\btmpTopic|\bgetSeedBrokers\(\)/.test(text)) continue;
    for (const [, name = ''] of text.matchAll(/^func (Test\w+)\(t \*testing\.T\)/gm)) names.push(name);
  }
  return names;
}

interface Verdicts {
  readonly passed: string[];
  readonly failed: Failure[];
  readonly skipped: Failure[];
}

interface GoEvent {
  readonly Action: string;
  readonly Test?: string;
  readonly Output?: string;
}

async function runTests(broker: string, only: string): Promise<Verdicts> {
  const verdicts: Verdicts = { passed: [], failed: [], skipped: [] };
  for (const name of await brokerTests()) if (name.includes(only)) await runTest(name, broker, verdicts);
  return verdicts;
}

async function runTest(name: string, broker: string, { passed, failed, skipped }: Verdicts): Promise<void> {
  const output = new Map<string, string>();
  let judged = false;
  const onLine = (line: string): void => {
    if (!line.startsWith('{')) return;
    const { Action, Test, Output } = JSON.parse(line) as GoEvent;
    if (Test === undefined) return;
    if (Action === 'output') output.set(Test, (output.get(Test) ?? '') + (Output ?? ''));
    if (Action === 'pass') passed.push(Test);
    if (Action === 'fail') failed.push({ name: Test, reason: reasonIn(output.get(Test) ?? '') });
    if (Action === 'skip') skipped.push({ name: Test, reason: reasonIn(output.get(Test) ?? '') });
    judged ||= Test === name && ['pass', 'fail', 'skip'].includes(Action);
  };
  const env = {
    KGO_SEEDS: broker,
    KGO_TEST_RF: '1',
    KGO_TEST_RECORDS: '5000',
    KGO_TEST_MAX_TOPIC_PARTS: '5',
    KGO_LOG_LEVEL: 'none',
  };
  const timeout = `-test.timeout=${TEST_DEADLINE_MS / 1000}s`;
  const args = ['tool', 'test2json', '-t', tests, '-test.v=test2json', `-test.run=^${name}$`, timeout];
  const deadlineMs = TEST_DEADLINE_MS + 10_000;
  const { output: said, errors } = await command('go', args, { cwd: work, env, onLine, deadlineMs });
  if (!judged) failed.push({ name, reason: `no verdict: ${(errors + said).trimEnd().split('\n').at(-1) ?? ''}` });
}

/** The first line that a test said beside the framework's own. */
function reasonIn(output: string): string {
  return (
    output
      .split('\n')
      .find((line) => line.trim() !== '' && !/^\s*(===|---)/.test(line))
      ?.trim() ?? ''
  );
}
