/**
 * Apache Kafka's own Java clients and command-line tools: a program of ours over the clients, built by Maven, that
 * prints a line a check; and the tools, one after another (`tool-checks.ts`).
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { linesAsOutcome } from '../lines.ts';
import { type Failure, missingCommand, type Outcome, prepare, type Suite, type Target } from '../suite.ts';
import { toolChecks } from './tool-checks.ts';
import { Tools } from './tools.ts';

const DEADLINE_MS = 420_000;
const folder = import.meta.dirname;
const work = path.join(folder, '.work');
const sources = path.join(folder, 'src/main/java/conformance');
const classpath = [path.join(work, 'classes'), path.join(work, 'lib', '*')].join(path.delimiter);

export const kafkaJava: Suite = {
  name: 'kafka-java',
  listener: 'kafka',
  settings: { DRAGOMAN_KAFKA_PARTITIONS: '4' },

  async missing() {
    const missing = await missingCommand(['java', '-version'], ['mvn', '-version']);
    return missing ?? (fs.existsSync(path.join(work, 'lib')) ? undefined : await mavenAnswers());
  },

  async run(target: Target): Promise<Outcome> {
    if (!compiled()) await prepare('mvn', ['-B', '-q', 'compile', 'dependency:copy-dependencies'], folder);
    const sasl = target.saslPort === undefined ? '' : `${target.host}:${target.saslPort}`;
    const args = ['-Xmx256m', '-Dorg.slf4j.simpleLogger.defaultLogLevel=off', '-cp', classpath];
    args.push('conformance.Conformance', `${target.host}:${target.port}`, sasl, target.only ?? '');
    const clients = await linesAsOutcome('java', args, { deadlineMs: DEADLINE_MS });
    const tools = await runTools(target);
    return {
      passed: [...clients.passed, ...tools.passed],
      failed: [...clients.failed, ...tools.failed],
      skipped: clients.skipped ?? [],
    };
  },
};

async function runTools(target: Target): Promise<Outcome> {
  const passed: string[] = [];
  const failed: Failure[] = [];
  const tools = new Tools(`${target.host}:${target.port}`, classpath, path.join(work, 'properties'));
  const prefix = `java-${randomBytes(4).toString('hex')}`;
  for (const [index, { name, check }] of toolChecks.entries()) {
    if (!name.includes(target.only ?? '')) continue;
    try {
      await check(tools, `${prefix}-${index}`);
      passed.push(name);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      failed.push({ name, reason: reason.replaceAll(/\s+/g, ' ') });
    }
  }
  return { passed, failed };
}

function compiled(): boolean {
  const main = path.join(work, 'classes/conformance/Conformance.class');
  if (!fs.existsSync(main)) return false;
  const built = fs.statSync(main).mtimeMs;
  return fs.readdirSync(sources).every((name) => fs.statSync(path.join(sources, name)).mtimeMs < built);
}

/** Without the libraries at hand, Maven must be able to get them. */
async function mavenAnswers(): Promise<string | undefined> {
  try {
    await prepare('mvn', ['-B', '-q', 'dependency:copy-dependencies'], folder);
    return undefined;
  } catch (error) {
    return `Maven could not get the libraries: ${String(error).split('\n').slice(0, 3).join(' ')}`;
  }
}
