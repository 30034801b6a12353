/** The Python client stomp.py, from PyPI in a virtual environment: a program of ours that prints a line a check. */
import fs from 'node:fs';
import path from 'node:path';
import { runAgainstTranscript } from '../rocketmq-java/transcript.ts';
import { missingCommand, type Outcome, prepare, type Suite, type Target } from '../suite.ts';

const STOMP_PY = '8.2.0';
const DEADLINE_MS = 120_000;
const folder = import.meta.dirname;
const work = path.join(folder, '.work');
const python = path.join(work, 'bin', 'python');

export const stompPy: Suite = {
  name: 'stomp-py',
  listener: 'stomp',

  missing: () => missingCommand(['python3', '-c', 'import venv, ensurepip']),

  async run({ host, port, own }: Target): Promise<Outcome> {
    if (!fs.existsSync(path.join(work, 'ready'))) {
      await prepare('python3', ['-m', 'venv', work]);
      await prepare(python, ['-m', 'pip', 'install', '--quiet', `stomp.py==${STOMP_PY}`]);
      fs.writeFileSync(path.join(work, 'ready'), '');
    }
    const args = [path.join(folder, 'checks.py'), host, String(port)];
    return runAgainstTranscript({ file: python, args, deadlineMs: DEADLINE_MS, folder, own });
  },
};
