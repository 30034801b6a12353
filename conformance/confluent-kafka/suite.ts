/** Confluent's Python client, from PyPI in a virtual environment, with a program of a line a check. */
import fs from 'node:fs';
import path from 'node:path';
import { linesAsOutcome } from '../lines.ts';
import { missingCommand, type Outcome, prepare, type Suite, type Target } from '../suite.ts';

const CONFLUENT_KAFKA = '2.16.1';
const DEADLINE_MS = 420_000;
const work = path.join(import.meta.dirname, '.work');
const python = path.join(work, 'bin', 'python');

export const confluentKafka: Suite = {
  name: 'confluent-kafka',
  listener: 'kafka',
  settings: { DRAGOMAN_KAFKA_PARTITIONS: '4' },

  missing: () => missingCommand(['python3', '-c', 'import venv, ensurepip']),

  async run(target: Target): Promise<Outcome> {
    if (!fs.existsSync(path.join(work, 'ready'))) {
      await prepare('python3', ['-m', 'venv', work]);
      await prepare(python, ['-m', 'pip', 'install', '--quiet', `confluent-kafka==${CONFLUENT_KAFKA}`]);
      fs.writeFileSync(path.join(work, 'ready'), '');
    }
    const { host, port, saslPort = '', only = '' } = target;
    const program = path.join(import.meta.dirname, 'main.py');
    // -B: no compiled files beside the sources.
    const args = ['-B', program, host, String(port), String(saslPort), only];
    return linesAsOutcome(python, args, { deadlineMs: DEADLINE_MS });
  },
};
