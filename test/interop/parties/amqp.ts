/** AMQP 0-9-1 by amqplib. */
import amqp from 'amqplib';
import { Letterbox, type Party } from '../party.ts';
import { versionOf } from '../versions.ts';

export const amqpParty: Party = {
  name: 'AMQP 0-9-1',
  client: versionOf('amqplib'),
  async open(broker) {
    const connection = await amqp.connect(broker.url('amqp'));
    const channel = await connection.createConfirmChannel();
    return {
      async send(topic, { body, headers }) {
        channel.publish(topic, 'key', body, { headers, persistent: true });
        await channel.waitForConfirms();
      },
      async subscribe(topic) {
        const box = new Letterbox();
        const { queue } = await channel.assertQueue('', { exclusive: true });
        await channel.bindQueue(queue, topic, '#');
        await channel.consume(queue, (message) => {
          if (message === null) return;
          box.put({ body: message.content, headers: message.properties.headers ?? {} });
          channel.ack(message);
        });
        return box.take;
      },
      close: () => connection.close(),
    };
  },
};
