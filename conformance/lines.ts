/** A program that prints `ok NAME` or `FAIL NAME: REASON` per check and exits 0 when it got to its end. */
import { command, type Failure, type Outcome } from './suite.ts';

export async function linesAsOutcome(file: string, args: readonly string[]): Promise<Outcome> {
  const passed: string[] = [];
  const failed: Failure[] = [];
  const { code, errors, output } = await command(file, args, {
    onLine: (line) => {
      const [, verdict, name, reason] = /^(ok|FAIL) ([^:]+)(?:: (.*))?$/.exec(line) ?? [];
      if (name === undefined) return;
      if (verdict === 'ok') passed.push(name);
      else failed.push({ name, reason: reason ?? '' });
    },
  });
  if (code !== 0 && failed.length === 0) {
    const said = `${output}${errors}`.trimEnd().split('\n').slice(-8).join(' | ');
    failed.push({ name: 'the program ends well', reason: `exit code ${code}: ${said}` });
  }
  return { passed, failed };
}
