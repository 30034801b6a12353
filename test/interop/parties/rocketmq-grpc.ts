/** RocketMQ 5 (gRPC) by rocketmq-client-nodejs. */
import { type MessageView, Producer, SimpleConsumer } from 'rocketmq-client-nodejs';
import { silenced } from '../../session/rocketmq/grpc/kit.ts';
import type { Letter, Party } from '../party.ts';
import { versionOf } from '../versions.ts';

const INVISIBLE_MS = 15_000;
const AWAIT_MS = 1_000;

export const rocketmqGrpcParty: Party = {
  name: 'RocketMQ gRPC',
  client: versionOf('rocketmq-client-nodejs'),
  lacks: { emptyBodies: true },
  async open(broker) {
    const common = { endpoints: new URL(broker.url('rocketmq-grpc')).host, namespace: '', logger: silenced };
    const producer = new Producer(common);
    await producer.startup();
    const ends: (() => Promise<void>)[] = [() => producer.shutdown()];
    return {
      async send(topic, { body, headers }) {
        const properties = new Map(Object.entries(headers).map(([name, value]) => [name, String(value)]));
        await producer.send({ topic, body, keys: ['key'], properties });
      },
      async subscribe(topic) {
        const subscriptions = new Map([[topic, '*']]);
        const consumerGroup = `matrix-grpc-${topic}`;
        const consumer = new SimpleConsumer({ ...common, consumerGroup, subscriptions, awaitDuration: AWAIT_MS });
        await consumer.startup();
        ends.push(() => consumer.shutdown());
        return async (count) => {
          const letters: Letter[] = [];
          while (letters.length < count) {
            for (const message of await consumer.receive(16, INVISIBLE_MS)) {
              letters.push(letterOf(message));
              await consumer.ack(message);
            }
          }
          return letters;
        };
      },
      async close() {
        for (const end of ends) await end();
      },
    };
  },
};

function letterOf({ body, properties }: MessageView): Letter {
  return { body, headers: Object.fromEntries(properties) };
}
