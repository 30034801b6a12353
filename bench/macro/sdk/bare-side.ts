/** The bare client libraries' side: what one writes without the SDK, with confirms and acknowledgements. */
import { Consumer, ProduceAcks, Producer, stringSerializer } from '@platformatic/kafka';
import amqplib from 'amqplib';
import { DESTINATION, type Side, type Value } from './side.ts';

export async function bareAmqp(url: string): Promise<Side> {
  const connection = await amqplib.connect(url, { noDelay: true });
  const channel = await connection.createConfirmChannel();
  await channel.assertQueue(DESTINATION, { durable: true });
  const send = (value: Value): Promise<void> =>
    new Promise((resolve, reject) => {
      const options = { persistent: true, contentType: 'application/json', messageId: `${value.id}` };
      const confirmed = (error: unknown): void => (error ? reject(error) : resolve());
      channel.sendToQueue(DESTINATION, Buffer.from(JSON.stringify(value)), options, confirmed);
    });
  return {
    send,
    async sendAll(values) {
      await Promise.all(values.map(send));
    },
    async listen(window, take) {
      await channel.prefetch(window);
      await channel.consume(DESTINATION, async (message) => {
        if (message === null) return;
        take(JSON.parse(message.content.toString()));
        channel.ack(message);
      });
    },
  };
}

export async function bareKafka(url: string): Promise<Side> {
  const bootstrapBrokers = [new URL(url).host];
  const serializers = { headerKey: stringSerializer, headerValue: stringSerializer };
  const common = { clientId: 'bare', bootstrapBrokers };
  const producer = new Producer({
    ...common,
    serializers,
    acks: ProduceAcks.ALL,
    idempotent: true,
    autocreateTopics: true,
  });
  const record = (value: Value) => ({
    topic: DESTINATION,
    value: Buffer.from(JSON.stringify(value)),
    headers: { 'message-id': `${value.id}`, 'content-type': 'application/json' },
  });
  return {
    async send(value) {
      await producer.send({ messages: [record(value)] });
    },
    async sendAll(values) {
      await producer.send({ messages: values.map(record) });
    },
    async listen(window, take) {
      const consumer = new Consumer({ ...common, groupId: DESTINATION, autocommit: 50, highWaterMark: window });
      const stream = await consumer.consume({ topics: [DESTINATION], mode: 'committed', fallbackMode: 'earliest' });
      stream.on('data', async (message) => take(JSON.parse(message.value.toString())));
    },
  };
}
