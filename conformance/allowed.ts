/**
 * tests.allow: the tests known to pass, one name a line, which must stay so. Generated (`--update`), never edited.
 *
 * A name in the file that fails or was not run is a step back and fails the run. A test that passes and is not in the
 * file is announced, so that the file can grow. What fails and is not in the file belongs into FINDINGS.md with its
 * reason.
 */
import fs from 'node:fs';
import type { Outcome } from './suite.ts';

export interface Verdict {
  readonly allowed: number;
  readonly stepsBack: readonly string[];
  readonly newlyPassing: readonly string[];
}

export function judge(file: string, outcome: Outcome): Verdict {
  const allowed = fs.existsSync(file)
    ? fs
        .readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
    : [];
  const passed = new Set(outcome.passed);
  const known = new Set(allowed);
  return {
    allowed: allowed.length,
    stepsBack: allowed.filter((name) => !passed.has(name)),
    newlyPassing: outcome.passed.filter((name) => !known.has(name)),
  };
}

export function update(file: string, outcome: Outcome): void {
  fs.writeFileSync(file, `${[...new Set(outcome.passed)].sort().join('\n')}\n`);
}
