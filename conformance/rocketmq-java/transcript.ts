/**
 * Programs that say of each check how it went and which answers they got, and the answers of the original.
 *
 *     ok NAME: FACT=VALUE | FACT=VALUE       passed; what the broker chose to answer beyond what must be so
 *     FAIL NAME: REASON [FACT=VALUE ...]
 *
 * `apache.txt` is what the program said of Apache RocketMQ. A check counts by its own verdict. Each fact of a check
 * that passed on both is a test of its own, `NAME | FACT`, that passes when the value is the original's; where ours is
 * meant to differ, FINDINGS.md says why.
 */
import fs from 'node:fs';
import path from 'node:path';
import { command, type Failure, type Outcome } from '../suite.ts';

const LINE = /^(ok|FAIL) ([^:]+)(?:: (.*))?$/;

interface Line {
  readonly ok: boolean;
  readonly rest: string;
}

export interface Program {
  readonly file: string;
  readonly args: readonly string[];
  readonly deadlineMs: number;
  /** Where `apache.txt` is. */
  readonly folder: string;
  /** Whether the broker is ours; of another one, the transcript may be written anew. */
  readonly own: boolean;
}

export async function runAgainstTranscript({ file, args, deadlineMs, folder, own }: Program): Promise<Outcome> {
  const transcript = path.join(folder, 'apache.txt');
  const record = process.env.DRAGOMAN_RECORD_TRANSCRIPT === '1' && !own;
  const { code, output, errors, late } = await command(file, args, { deadlineMs });
  const lines = parse(output);
  const passed: string[] = [];
  const failed: Failure[] = [];
  for (const [name, { ok, rest }] of lines) {
    if (ok) passed.push(name);
    else failed.push({ name, reason: rest });
  }
  if (late || lines.size === 0 || (code !== 0 && failed.length === 0)) {
    const said = `${output}${errors}`.trimEnd().split('\n').slice(-8).join(' | ');
    const end = late ? `ended after ${deadlineMs} ms` : `exit code ${code}`;
    failed.push({ name: 'the program ends well', reason: `${end}: ${said}` });
  }
  if (record && lines.size > 0) {
    const said = output.split('\n').filter((line) => LINE.test(line));
    fs.writeFileSync(transcript, `${said.sort().join('\n')}\n`);
    return { passed, failed };
  }
  for (const [name, original] of parse(fs.readFileSync(transcript, 'utf8'))) {
    const ours = lines.get(name);
    if (ours === undefined || !ours.ok || !original.ok) continue;
    const answers = factsIn(ours.rest);
    for (const [fact, expected] of factsIn(original.rest)) {
      const test = `${name} | ${fact}`;
      const actual = answers.get(fact) ?? 'nothing';
      if (actual === expected) passed.push(test);
      else failed.push({ name: test, reason: `${actual}, the original: ${expected}` });
    }
  }
  return { passed, failed };
}

function parse(output: string): Map<string, Line> {
  const lines = new Map<string, Line>();
  for (const line of output.split('\n')) {
    const [, verdict, name, rest] = LINE.exec(line) ?? [];
    if (name !== undefined) lines.set(name, { ok: verdict === 'ok', rest: rest ?? '' });
  }
  return lines;
}

function factsIn(rest: string): Map<string, string> {
  const facts = new Map<string, string>();
  for (const part of rest.split(' | ')) {
    const at = part.indexOf('=');
    if (at > 0) facts.set(part.slice(0, at), part.slice(at + 1));
  }
  return facts;
}
