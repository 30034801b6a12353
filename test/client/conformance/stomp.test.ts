/** The suite on `stomp://` against Dragoman. */
import { startBroker } from '../../../src/index.ts';
import { conformance } from './suite.ts';

conformance({
  name: 'stomp://',
  scheme: 'stomp',
  async start() {
    const broker = await startBroker({ storage: 'memory' });
    return { url: broker.url('stomp'), stop: () => broker.stop() };
  },
});
