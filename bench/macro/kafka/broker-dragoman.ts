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
  start: ({ folder, durability }) => {
    const listeners = ['--kafka-port', '0', '--amqp-port', 'off', '--http-port', 'off'];
    return startAnnounced('dragoman', 'kafka', [entry, '--data', folder, ...listeners, '--durability', durability]);
  },
};
