/**
 * What the compiler promises: an option that a driver lacks, a payload of the wrong shape, a reply that is none do not
 * compile. Nothing of it runs; `tsc` is the test, and each `@ts-expect-error` fails it if the line compiles.
 */
import * as v from 'valibot';
import { type Connection, connect, Listen, type Message, queue, topic } from '../../src/client/index.ts';

const Order = v.object({
  id: v.string(),
  at: v.pipe(
    v.string(),
    v.transform((text) => new Date(text)),
  ),
});
const Orders = topic('orders', { schema: Order, key: ({ id }) => id });
const Prices = queue('prices', { schema: v.object({ sku: v.number() }), reply: v.number() });
const Plain = topic<{ readonly n: number }>('plain');

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<_T extends true>(): void {}

export async function urls(): Promise<void> {
  same<Equal<Awaited<ReturnType<typeof amqp>>, Connection<'amqp'>>>();
  await connect('memory://x');
  await connect('amqps://host', { group: 'billing' });
  await connect('kafka://host:9092', { topology: 'expect' });
  // @ts-expect-error no such scheme
  await connect('ftp://host');
  // @ts-expect-error no scheme
  await connect('localhost');
  // @ts-expect-error RocketMQ's clients cannot ask what is there
  await connect('rocketmq://host', { topology: 'expect' });
  const anything: string = 'amqp://host';
  same<Equal<Awaited<ReturnType<typeof any>>, Connection<string>>>();
  const any = () => connect(anything);
  await (await any()).send(Plain, { n: 1 }, { delay: '1s', priority: 3, tag: 'x' });
}

const amqp = () => connect('amqp://host');
const kafka = () => connect('kafka://host');
const rocketmq = () => connect('rocketmq://host');
const stomp = () => connect('stomp://host');
const zmq = () => connect('zmq://host');

export async function sending(): Promise<void> {
  const mq = await amqp();
  await mq.send(Orders, { id: '1', at: '2026-01-01' }, { priority: 3, key: 'k' });
  // @ts-expect-error a sender says what the schema takes, not what it makes of it
  await mq.send(Orders, { id: '1', at: new Date() });
  // @ts-expect-error a field is missing
  await mq.send(Plain, {});
  // @ts-expect-error no durations like that
  await (await rocketmq()).send(Plain, { n: 1 }, { delay: '3 weeks' });
  await (await rocketmq()).send(Plain, { n: 1 }, { delay: '3h', tag: 'paid' });
  // @ts-expect-error AMQP has no tags
  await mq.send(Plain, { n: 1 }, { tag: 'paid' });
  // @ts-expect-error Kafka has no delay
  await (await kafka()).send(Plain, { n: 1 }, { delay: '1s' });
  // @ts-expect-error Kafka has no priorities
  await (await kafka()).send(Plain, { n: 1 }, { priority: 1 });
  // @ts-expect-error STOMP has no delay here
  await (await stomp()).send(Plain, { n: 1 }, { delay: 5 });
  // @ts-expect-error nor has bare ZeroMQ
  await (await zmq()).send(Plain, { n: 1 }, { delay: 5 });
}

export async function listening(): Promise<void> {
  const mq = await amqp();
  const listener = await mq.listen(Orders, { group: 'g', filter: 'eu.*', concurrency: 2 }, (order, message) => {
    same<Equal<typeof order, { id: string; at: Date }>>();
    same<Equal<typeof message, Message<{ id: string; at: Date }>>>();
  });
  // @ts-expect-error AMQP queues have no offsets
  listener.seek({ partition: 0, offset: 1n });
  // @ts-expect-error nor a place to start from
  await mq.listen(Orders, { from: 'earliest' }, () => {});
  const reading = await (await kafka()).listen(Orders, { from: 'latest' }, () => {});
  await reading.seek({ partition: 0, offset: 1n });
  // @ts-expect-error Kafka filters nothing
  await (await kafka()).listen(Orders, { filter: 'eu.*' }, () => {});
  const bare = await zmq();
  await bare.listen(Plain, {}, () => {});
  // @ts-expect-error nobody acknowledges on bare ZeroMQ: no retries
  await bare.listen(Plain, { retry: false }, () => {});
  // @ts-expect-error no dead letters
  await bare.listen(Plain, { deadLetter: true }, () => {});
  // @ts-expect-error no manual acknowledgement
  await bare.listen(Plain, { ack: 'manual' }, () => {});
  // @ts-expect-error no groups
  await bare.listen(Plain, { group: 'g' }, () => {});
  // @ts-expect-error no headers beside the payload
  await bare.send(Plain, { n: 1 }, { headers: { a: 'b' } });
  // @ts-expect-error nobody answers
  await bare.request(Plain, { n: 1 });
  // @ts-expect-error nothing to replay
  await bare.replay(Plain, {});
  // @ts-expect-error the handler takes something else
  await mq.listen(Plain, {}, (value: { readonly m: string }) => value);
  await mq.listenBatch(Plain, { size: 3 }, (messages) =>
    same<Equal<typeof messages, readonly Message<PlainValue>[]>>(),
  );
  for await (const message of mq.messages(Plain, { group: 'g' })) same<Equal<typeof message, Message<PlainValue>>>();
}

type PlainValue = { readonly n: number };

export async function asking(): Promise<void> {
  const mq = await amqp();
  const price = await mq.request(Prices, { sku: 1 }, { timeout: '1s' });
  same<Equal<typeof price, number>>();
  await mq.listen(Prices, {}, ({ sku }) => sku * 2);
  // @ts-expect-error the reply is a number
  await mq.listen(Prices, {}, () => 'a lot');
  const message = await mq.receive(Plain, { group: 'g' });
  same<Equal<typeof message, Message<PlainValue> | undefined>>();
}

export class Decorated {
  @Listen(Orders, { group: 'billing' })
  onOrder(order: { id: string; at: Date }): string {
    return order.id;
  }

  @Listen(Prices)
  async price({ sku }: { sku: number }): Promise<number> {
    return sku;
  }

  // @ts-expect-error the values of the topic are no numbers
  @Listen(Plain)
  wrong(value: number): number {
    return value;
  }

  // @ts-expect-error the reply is a number
  @Listen(Prices)
  worse(): string {
    return '';
  }
}
