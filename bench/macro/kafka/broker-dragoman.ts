/** Dragoman from this working copy, through its command line, with nothing but the Kafka listener. */

import { dragomanCommand, missingDragoman } from '../dragoman-command.ts';
import { startAnnounced } from '../running-broker.ts';
import type { BrokerKind } from './broker.ts';

export const dragoman: BrokerKind = {
  name: 'dragoman',
  title: 'Dragoman',
  missing: missingDragoman,
  compiles: true,
  start: (options) => startAnnounced('dragoman', 'kafka', dragomanCommand(['kafka'], options), options.compileCache),
};
