/** The stand-in server of `ceiling.ts` in the broker's place; its rates are the machine's, not a broker's. */

import { join } from 'node:path';
import type { BrokerKind } from './broker.ts';
import { startByLine } from './broker-line.ts';

export const ceiling: BrokerKind = {
  name: 'ceiling',
  title: 'bare Node',
  missing: () => undefined,
  start: ({ folder, durability, durable }) => {
    const store = durable ? durability : 'copy';
    const script = join(import.meta.dirname, 'ceiling.ts');
    return startByLine('ceiling', [script, '--store', store, '--file', join(folder, 'ceiling')]);
  },
};
