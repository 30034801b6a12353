/** Kafka by kafkajs. */
import { type IHeaders, Kafka, logLevel, Partitioners } from 'kafkajs';
import { Letterbox, type Party } from '../party.ts';
import { versionOf } from '../versions.ts';

export const kafkaParty: Party = {
  name: 'Kafka',
  client: versionOf('kafkajs'),
  async open(broker) {
    const brokers = [new URL(broker.url('kafka')).host];
    const kafka = new Kafka({ clientId: 'matrix', brokers, logLevel: logLevel.NOTHING });
    const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    const ends: (() => Promise<void>)[] = [() => producer.disconnect()];
    return {
      async send(topic, { body, headers }) {
        const texts = Object.entries(headers).map(([name, value]) => [name, String(value)]);
        await producer.send({ topic, messages: [{ key: 'key', value: body, headers: Object.fromEntries(texts) }] });
      },
      async subscribe(topic) {
        const box = new Letterbox();
        const consumer = kafka.consumer({ groupId: `matrix-${topic}` });
        ends.push(() => consumer.disconnect());
        await consumer.connect();
        await consumer.subscribe({ topic, fromBeginning: true });
        await consumer.run({
          eachMessage: async ({ message: { value, headers } }) => {
            box.put({ body: value ?? Buffer.alloc(0), headers: textsOf(headers) });
          },
        });
        return box.take;
      },
      async close() {
        for (const end of ends) await end();
      },
    };
  },
};

function textsOf(headers: IHeaders | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)]));
}
