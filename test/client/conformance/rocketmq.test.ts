/** The suite on `rocketmq://` (gRPC) against Dragoman. */
import { startBroker } from '../../../src/index.ts';
import { conformance } from './suite.ts';

conformance({
  name: 'rocketmq://',
  scheme: 'rocketmq',
  refusesEmpty: true,
  async start() {
    const broker = await startBroker({ storage: 'memory' });
    const { host } = new URL(broker.url('rocketmq-grpc'));
    return { url: `rocketmq://${host}`, stop: () => broker.stop() };
  },
});
