/**
 * Apache RocketMQ's Go client v2 (remoting): a program of ours with a line a check, and what it printed of the original
 * (`apache.txt`).
 */
import fs from 'node:fs';
import path from 'node:path';
import { runAgainstTranscript } from '../rocketmq-java/transcript.ts';
import { missingCommand, type Outcome, prepare, type Suite, type Target } from '../suite.ts';

const MODULE = 'github.com/apache/rocketmq-client-go/v2';
const VERSION = 'v2.1.2';
const DEADLINE_MS = 300_000;
const folder = import.meta.dirname;
const work = path.join(folder, '.work');
const program = path.join(work, 'program');

export const rocketmqGo: Suite = {
  name: 'rocketmq-go',
  listener: 'rocketmq-namesrv',

  missing: () => missingCommand(['go', 'version']),

  async run(target: Target): Promise<Outcome> {
    await build();
    const args = [`${target.host}:${target.port}`, target.only ?? ''];
    return runAgainstTranscript({ file: program, args, deadlineMs: DEADLINE_MS, folder, own: target.own });
  },
};

async function build(): Promise<void> {
  if (!fs.existsSync(path.join(work, 'ready'))) {
    fs.rmSync(work, { recursive: true, force: true });
    fs.mkdirSync(work, { recursive: true });
    await prepare('go', ['mod', 'init', 'conformance'], work);
    await prepare('go', ['get', `${MODULE}@${VERSION}`], work);
    fs.writeFileSync(path.join(work, 'ready'), '');
  }
  const sources = fs.readdirSync(folder).filter((name) => name.endsWith('.go'));
  const files = sources.map((name) => path.join(folder, name));
  await prepare('go', ['build', '-o', program, ...files], work);
}
