/** The suite on `kafka://` against Dragoman. */
import { startBroker } from '../../../src/index.ts';
import { conformance } from './suite.ts';

conformance({
  name: 'kafka://',
  scheme: 'kafka',
  async start() {
    const broker = await startBroker({ storage: 'memory' });
    return { url: broker.url('kafka'), stop: () => broker.stop() };
  },
});
