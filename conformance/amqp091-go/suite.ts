/**
 * The Go client's own tests, integration included, from the module itself: `go test` of a dependency of an empty
 * module.
 */
import fs from 'node:fs';
import path from 'node:path';
import { command, type Failure, missingCommand, type Outcome, prepare, type Suite, type Target } from '../suite.ts';

const MODULE = 'github.com/rabbitmq/amqp091-go';
const VERSION = 'v1.10.0';
const work = path.join(import.meta.dirname, '.work');

export const amqp091Go: Suite = {
  name: 'amqp091-go',

  missing: () => missingCommand(['go', 'version']),

  async run(target: Target): Promise<Outcome> {
    if (!fs.existsSync(path.join(work, 'ready'))) {
      fs.rmSync(work, { recursive: true, force: true });
      fs.mkdirSync(work, { recursive: true });
      await prepare('go', ['mod', 'init', 'conformance'], work);
      await prepare('go', ['get', '-t', `${MODULE}@${VERSION}`], work);
      fs.writeFileSync(path.join(work, 'ready'), '');
    }
    return test(`amqp://guest:guest@${target.host}:${target.port}/`);
  },
};

interface GoEvent {
  readonly Action: string;
  readonly Test?: string;
  readonly Output?: string;
}

async function test(url: string): Promise<Outcome> {
  const passed: string[] = [];
  const failed: Failure[] = [];
  const output = new Map<string, string>();
  const onLine = (line: string): void => {
    if (!line.startsWith('{')) return;
    const { Action, Test, Output } = JSON.parse(line) as GoEvent;
    if (Test === undefined) return;
    if (Action === 'output') output.set(Test, (output.get(Test) ?? '') + (Output ?? ''));
    if (Action === 'pass') passed.push(Test);
    if (Action === 'fail') failed.push({ name: Test, reason: reasonIn(output.get(Test) ?? '') });
  };
  const args = ['test', '-json', '-count=1', '-timeout=240s', '-tags=integration', MODULE];
  const { code, errors } = await command('go', args, { cwd: work, env: { AMQP_URL: url }, onLine });
  if (code !== 0 && failed.length === 0) failed.push({ name: 'go test', reason: errors.split('\n')[0] ?? '' });
  return { passed, failed };
}

/** The first line that a test said beside the framework's own. */
function reasonIn(output: string): string {
  return (
    output
      .split('\n')
      .find((line) => line !== '' && !/^\s*(===|---)/.test(line))
      ?.trim() ?? ''
  );
}
