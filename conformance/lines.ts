/**
 * A program that prints `ok NAME`, `FAIL NAME: REASON` or `skip NAME: REASON` per check and exits 0 when it got to its
 * end.
 */
import { command, type Failure, type Outcome } from './suite.ts';

interface Options {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly deadlineMs?: number;
}

export async function linesAsOutcome(file: string, args: readonly string[], options: Options = {}): Promise<Outcome> {
  const passed: string[] = [];
  const failed: Failure[] = [];
  const skipped: Failure[] = [];
  const { code, errors, output, late } = await command(file, args, {
    ...options,
    onLine: (line) => {
      const [, verdict, name, reason] = /^(ok|FAIL|skip) ([^:]+)(?:: (.*))?$/.exec(line) ?? [];
      if (name === undefined) return;
      if (verdict === 'ok') passed.push(name);
      else (verdict === 'FAIL' ? failed : skipped).push({ name, reason: reason ?? '' });
    },
  });
  if (late || (code !== 0 && failed.length === 0)) {
    const said = `${output}${errors}`.trimEnd().split('\n').slice(-8).join(' | ');
    const end = late ? `ended after ${options.deadlineMs} ms` : `exit code ${code}`;
    failed.push({ name: 'the program ends well', reason: `${end}: ${said}` });
  }
  return { passed, failed, skipped };
}
