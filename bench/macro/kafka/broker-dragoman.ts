/** Dragoman from this working copy, through its command line, with nothing but the Kafka listener. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { startAnnounced } from '../running-broker.ts';
import type { BrokerKind } from './broker.ts';

const entry = join(import.meta.dirname, '..', '..', '..', 'bin', 'dragoman.js');

export const dragoman: BrokerKind = {
  name: 'dragoman',
  title: 'Dragoman',
  missing: () => (existsSync(entry) ? undefined : `${entry} does not exist`),
  compiles: true,
  start: ({ folder, durability, compileCache }) => {
    const listeners = ['--kafka-port', '0', '--amqp-port', 'off', '--http-port', 'off'];
    const args = [entry, '--data', folder, ...listeners, '--durability', durability];
    return startAnnounced('dragoman', 'kafka', args, compileCache);
  },
};
