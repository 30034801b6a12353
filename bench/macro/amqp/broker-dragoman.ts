/** Dragoman from this working copy, through its command line, with nothing but the AMQP listener. */

import { dragomanCommand, missingDragoman } from '../dragoman-command.ts';
import type { BrokerKind } from './broker.ts';
import { startByLine } from './broker-line.ts';

export const dragoman: BrokerKind = {
  name: 'dragoman',
  title: 'Dragoman',
  missing: missingDragoman,
  compiles: true,
  start: (options) => startByLine('dragoman', dragomanCommand(['amqp'], options), options.compileCache),
};
