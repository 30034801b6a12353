/** Dragoman from this working copy, through its command line, with nothing but the AMQP listener. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { BrokerKind } from './broker.ts';
import { startByLine } from './broker-line.ts';

const entry = join(import.meta.dirname, '..', '..', '..', 'bin', 'dragoman.js');

export const dragoman: BrokerKind = {
  name: 'dragoman',
  title: 'Dragoman',
  missing: () => (existsSync(entry) ? undefined : `${entry} does not exist`),
  compiles: true,
  start: ({ folder, durability, compileCache }) => {
    const listeners = ['--amqp-port', '0', '--kafka-port', 'off', '--http-port', 'off'];
    return startByLine('dragoman', [entry, '--data', folder, ...listeners, '--durability', durability], compileCache);
  },
};
