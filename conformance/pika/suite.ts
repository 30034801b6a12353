/** The Python client pika, from PyPI in a virtual environment, with a program of a line a check. */
import fs from 'node:fs';
import path from 'node:path';
import { linesAsOutcome } from '../lines.ts';
import { missingCommand, type Outcome, prepare, type Suite, type Target } from '../suite.ts';

const PIKA = '1.3.2';
const work = path.join(import.meta.dirname, '.work');
const python = path.join(work, 'bin', 'python');

export const pika: Suite = {
  name: 'pika',

  missing: () => missingCommand(['python3', '-c', 'import venv, ensurepip']),

  async run(target: Target): Promise<Outcome> {
    if (!fs.existsSync(path.join(work, 'ready'))) {
      await prepare('python3', ['-m', 'venv', work]);
      await prepare(python, ['-m', 'pip', 'install', '--quiet', `pika==${PIKA}`]);
      fs.writeFileSync(path.join(work, 'ready'), '');
    }
    return linesAsOutcome(python, [path.join(import.meta.dirname, 'smoke.py'), target.host, String(target.port)]);
  },
};
