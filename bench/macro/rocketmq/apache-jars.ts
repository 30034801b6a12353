/**
 * Apache RocketMQ as Maven Central has it: `pom.xml` names the version, Maven puts its jars into `.work` (not in git)
 * once. Java 17 runs it without any option of its own.
 */

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const folder = import.meta.dirname;
const work = join(folder, '.work');
const pom = readFileSync(join(folder, 'pom.xml'), 'utf8');
export const version = /<rocketmq\.version>(.*)<\/rocketmq\.version>/.exec(pom)?.[1];
const library = join(work, `rocketmq-${version}`);
const JAVA_NEEDED = 17;
const DOWNLOAD_LIMIT_MS = 600_000;

export const classPath = join(library, '*');

/** Makes the jars be there; undefined, or why that is impossible. */
export function missingJars(): string | undefined {
  const java = javaVersion();
  if (java === undefined) return 'java is not installed';
  if (java < JAVA_NEEDED) return `it needs Java ${JAVA_NEEDED}, not ${java}`;
  if (existsSync(library)) return undefined;
  try {
    execFileSync('mvn', ['-version'], { stdio: 'ignore' });
  } catch {
    return 'mvn, which would get its jars, is not installed';
  }
  console.log(`getting Apache RocketMQ ${version} by Maven`);
  // Under another name until it is complete: a download that was interrupted must not be taken for one.
  const arriving = `${library}.arriving`;
  rmSync(arriving, { recursive: true, force: true });
  try {
    const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${arriving}`];
    execFileSync('mvn', ['-B', '-q', ...goal], { cwd: folder, stdio: 'pipe', timeout: DOWNLOAD_LIMIT_MS });
    renameSync(arriving, library);
    return undefined;
  } catch (error) {
    return `Maven could not get its jars: ${(error as Error).message.split('\n').slice(0, 3).join(' ')}`;
  }
}

function javaVersion(): number | undefined {
  try {
    const settings = execFileSync('java', ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return Number(/^\S+ (\d+)/.exec(settings)?.[1]);
  } catch {
    return undefined;
  }
}
