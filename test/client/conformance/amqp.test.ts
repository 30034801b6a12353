/** The suite on `amqp://` against Dragoman. */
import { startBroker } from '../../../src/index.ts';
import { conformance } from './suite.ts';

conformance({
  name: 'amqp://',
  scheme: 'amqp',
  async start() {
    const broker = await startBroker({ storage: 'memory' });
    return { url: broker.url('amqp'), stop: () => broker.stop() };
  },
});
