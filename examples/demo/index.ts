/**
 * `npm run demo`: one order on its way through five systems, each by its own client, on one broker.
 *
 *     shop ──AMQP──▶ exchange orders ──▶ RocketMQ: payment ──transaction──▶ topic payments
 *                          └──▶ Kafka: statistics                               └──▶ STOMP: warehouse ──▶ queue parcels
 *                                                                                                  ZeroMQ: display ◀──┘
 *
 * Nothing in between but the broker: an exchange, a topic and a topic of JMS of the same name are one thing.
 */
import { styleText } from 'node:util';
import { Client as StompClient } from '@stomp/stompjs';
import amqp from 'amqplib';
import { startBroker } from 'dragoman';
import { Pull } from 'dragoman/zmq';
import { Kafka, logLevel } from 'kafkajs';
import { Producer, SimpleConsumer } from 'rocketmq-client-nodejs';
import { WebSocket } from 'ws';

const nothing = (): void => {};
const silent = { info: nothing, warn: nothing, error: nothing, debug: nothing, close: nothing };
const text = (bytes: Uint8Array | null | undefined): string => Buffer.from(bytes ?? []).toString();

const LONG_POLL_MS = 10_000;
const INVISIBLE_MS = 10_000;

type Colour = Parameters<typeof styleText>[0];

/** Says what happens; answers with the steps in their order. */
export async function run(write: (line: string) => void): Promise<string[]> {
  const spawnedAt = performance.now();
  const broker = await startBroker({ zmqEndpoints: ['push:0:queue/parcels'] });
  const { hostname, port } = new URL(broker.url('amqp'));
  write(styleText('bold', `one broker, one process, ready in ${Math.round(performance.now() - spawnedAt)} ms`));

  const steps: string[] = [];
  let startedAt = 0;
  const say = (colour: Colour, system: string, line: string): void => {
    const ms = (performance.now() - startedAt).toFixed(1).padStart(6);
    steps.push(system);
    write(`${styleText('dim', `${ms} ms`)}  ${styleText(colour, system.padEnd(9))} ${line}`);
  };
  const arrived = { statistics: Promise.withResolvers<void>(), display: Promise.withResolvers<void>() };

  // RabbitMQ's client: the shop.
  const shop = await amqp.connect({ hostname, port: Number(port), username: 'guest', password: 'guest' });
  const channel = await shop.createConfirmChannel();
  await channel.assertQueue('parcels', { durable: true });

  // Kafka's client: statistics, which read everything.
  const kafka = new Kafka({ brokers: [new URL(broker.url('kafka')).host], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: ['orders', 'payments'].map((topic) => ({ topic, numPartitions: 1 })) });
  await admin.disconnect();
  const statistics = kafka.consumer({ groupId: 'statistics' });
  await statistics.connect();
  await statistics.subscribe({ topic: 'orders', fromBeginning: true });
  await statistics.run({
    eachMessage: async ({ message, partition }) => {
      say(
        'magenta',
        'Kafka',
        `statistics count ${text(message.value)}, offset ${message.offset} of partition ${partition}`,
      );
      arrived.statistics.resolve();
    },
  });

  // RocketMQ's client: the payment, a transaction that is asked about if this program dies in the middle.
  const rocketmq = { endpoints: new URL(broker.url('rocketmq-grpc')).host, namespace: '', logger: silent };
  const checker = { check: async () => 1 };
  const bank = new Producer({ ...rocketmq, topics: ['payments'], checker });
  await bank.startup();
  const payment = new SimpleConsumer({
    ...rocketmq,
    consumerGroup: 'payment',
    subscriptions: new Map([['orders', '*']]),
    awaitDuration: LONG_POLL_MS,
  });
  await payment.startup();
  const paying = (async () => {
    const [order] = await payment.receive(1, INVISIBLE_MS);
    if (order === undefined) return;
    const transaction = bank.beginTransaction();
    await bank.send({ topic: 'payments', body: Buffer.from(`paid: ${text(order.body)}`) }, transaction);
    say('yellow', 'RocketMQ', `payment of ${text(order.body)} is half sent: nobody sees it`);
    await transaction.commit();
    say('yellow', 'RocketMQ', 'the bank has said yes: committed');
    await payment.ack(order);
  })();

  // ActiveMQ's STOMP: the warehouse.
  const subscribed = Promise.withResolvers<void>();
  const warehouse = new StompClient({
    webSocketFactory: () => new WebSocket(`${broker.url('ws')}/stomp`, ['v12.stomp']) as never,
    onConnect: () => {
      warehouse.subscribe('/topic/payments', (message) => {
        say('cyan', 'ActiveMQ', `the warehouse packs what was ${message.body}`);
        warehouse.publish({ destination: '/queue/parcels', body: `parcel for ${message.body}` });
      });
      warehouse.watchForReceipt('subscribed', () => subscribed.resolve());
      warehouse.publish({ destination: '/queue/hello', headers: { receipt: 'subscribed' } });
    },
  });
  warehouse.activate();
  await subscribed.promise;

  // ZeroMQ without libzmq: the display at the door.
  const display = new Pull();
  display.connect(broker.url('zmq-1'));
  const watching = (async () => {
    for await (const [frame] of display) {
      say('green', 'ZeroMQ', `the display shows: ${text(frame)}`);
      arrived.display.resolve();
    }
  })();

  startedAt = performance.now();
  say('red', 'RabbitMQ', 'the shop publishes order 42');
  channel.publish('orders', 'order.42', Buffer.from('order 42'), { contentType: 'text/plain', persistent: true });
  await channel.waitForConfirms();
  say('red', 'RabbitMQ', 'confirmed: it is stored');
  await Promise.all([arrived.statistics.promise, arrived.display.promise, paying]);
  write(styleText('bold', 'five systems, five clients, one order'));

  display.close();
  await watching;
  await warehouse.deactivate();
  await Promise.all([statistics.disconnect(), shop.close(), payment.shutdown(), bank.shutdown()]);
  await broker.stop();
  return steps;
}

if (import.meta.main) await run(console.log);
