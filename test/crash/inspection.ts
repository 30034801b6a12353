/**
 * Reads everything that the durable queues hold after a restart, without taking it: consume all, compare with the
 * ledger, drop the channel so that all of it goes back.
 */
import type { ChannelModel, Message } from 'amqplib';
import { decodeBody } from './body.ts';
import type { Ledger, MessageId } from './ledger.ts';
import { DURABLE_QUEUES, exists } from './topology.ts';

/** Without a delivery for this long, what the queue announced is taken as not coming. */
const SILENCE_MAX_MS = 10_000;

export async function inspect(connection: ChannelModel, ledger: Ledger): Promise<void> {
  for (const queue of DURABLE_QUEUES) {
    const there = await exists(connection, queue);
    if (!there) ledger.report(`queue ${queue} was declared and is lost`);
    ledger.inspect(queue, there ? await readAll(connection, queue, ledger) : []);
  }
  ledger.reconcile();
}

async function readAll(connection: ChannelModel, queue: string, ledger: Ledger): Promise<MessageId[]> {
  const channel = await connection.createChannel();
  channel.on('error', () => {});
  const announced = (await channel.checkQueue(queue)).messageCount;
  const found: MessageId[] = [];
  let received = 0;
  await new Promise<void>((resolve, reject) => {
    let silence = setTimeout(resolve, SILENCE_MAX_MS);
    const onMessage = (message: Message | null): void => {
      if (message === null) return;
      received += 1;
      const id = decodeBody(message.content);
      if (id === undefined) ledger.report(`a body in ${queue} is not what was published`);
      else found.push(id);
      clearTimeout(silence);
      silence = setTimeout(resolve, received >= announced ? 0 : SILENCE_MAX_MS);
    };
    if (announced === 0) {
      clearTimeout(silence);
      silence = setTimeout(resolve, 0);
    }
    channel.once('close', () => reject(new Error(`the channel reading ${queue} was closed`)));
    channel.consume(queue, onMessage).catch(reject);
  });
  const left = (await channel.checkQueue(queue)).messageCount;
  if (received !== announced || left !== 0) {
    ledger.report(`${queue} announced ${announced} messages, delivered ${received} and then announced ${left}`);
  }
  channel.removeAllListeners('close');
  await channel.close();
  return found;
}
