/**
 * Decoupling: orders are taken while the inventory is down, and it catches up when it is back.
 *
 *     node examples/orders-inventory/index.ts
 *
 * The order service knows a topic and not who reads it. The inventory reads it by AMQP; the statistics are another
 * team's and use Kafka; nobody had to be asked.
 */
import { startBroker } from 'dragoman';
import { connect, topic } from 'dragoman/client';

interface Order {
  readonly id: number;
  readonly product: string;
  readonly pieces: number;
}

const Orders = topic<Order>('orders', { key: ({ product }) => product });
const PRODUCTS = ['pen', 'ink', 'paper'];

export async function run(say: (line: string) => void) {
  await using broker = await startBroker({ storage: 'memory' });
  await using orders = await connect(broker.url('amqp') as 'amqp://');
  await using statistics = await connect(broker.url('kafka') as 'kafka://', { group: 'statistics' });
  const stock = new Map(PRODUCTS.map((product) => [product, 100]));
  const sold = new Map<string, number>();
  let handled = 0;
  let counted = 0;
  const waiting = new Map<() => boolean, () => void>();
  const until = (condition: () => boolean): Promise<void> => {
    if (condition()) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.set(condition, resolve);
    return promise;
  };
  const moved = (): void => {
    for (const [condition, resolve] of waiting) if (condition()) resolve();
  };

  await statistics.listen(Orders, { from: 'earliest' }, ({ product, pieces }) => {
    sold.set(product, (sold.get(product) ?? 0) + pieces);
    counted++;
    moved();
  });

  const startInventory = async () => {
    const inventory = await connect(broker.url('amqp') as 'amqp://', { group: 'inventory' });
    await inventory.listen(Orders, { concurrency: 4 }, ({ product, pieces }) => {
      stock.set(product, (stock.get(product) ?? 0) - pieces);
      handled++;
      moved();
    });
    return inventory;
  };

  const place = async (from: number, to: number): Promise<void> => {
    for (let id = from; id < to; id++) {
      await orders.send(Orders, { id, product: PRODUCTS[id % PRODUCTS.length] as string, pieces: 1 });
    }
  };

  const first = await startInventory();
  await place(0, 30);
  await until(() => handled === 30);
  say(`30 orders, ${handled} handled; stock ${JSON.stringify(Object.fromEntries(stock))}`);

  await first.close();
  await place(30, 60);
  say(`the inventory is down: 30 more orders were taken, ${handled} are handled`);
  const handledWhileDown = handled;

  await using _second = await startInventory();
  await until(() => handled === 60);
  say(`it is back and has caught up: ${handled} handled; stock ${JSON.stringify(Object.fromEntries(stock))}`);

  await until(() => counted === 60);
  say(`the statistics, by Kafka: ${JSON.stringify(Object.fromEntries(sold))}`);
  return { handledWhileDown, handled, stock: Object.fromEntries(stock), sold: Object.fromEntries(sold) };
}

if (import.meta.main) await run(console.log);
