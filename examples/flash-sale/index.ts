/**
 * Peak shaving: a flash sale asks for a year's orders in a second, and the shop works at the pace that it can.
 *
 *     node examples/flash-sale/index.ts
 *
 * Requests go to a queue that is kept short: what is beyond it is turned away at once, which is the honest answer when
 * everything will be sold to those before. Behind it, workers sell what is there, one by one, and never too much.
 */
import { startBroker } from 'dragoman';
import { connect, queue } from 'dragoman/client';

interface Wish {
  readonly customer: number;
}

const Wishes = queue<Wish>('flash-sale');
const CUSTOMERS = 5_000;
const STOCK = 100;
/** More than these can't be served anyhow. */
const WAITING_MAX = 500;
const WORKERS = 10;
/** What a sale takes in the database. */
const SALE_MS = 2;

export async function run(say: (line: string) => void) {
  await using broker = await startBroker({ storage: 'memory' });
  await using mq = await connect(broker.url('amqp') as 'amqp://');
  let stock = STOCK;
  let waiting = 0;
  let busy = 0;
  let busiest = 0;
  const buyers: number[] = [];
  let tooLate = 0;
  const done = Promise.withResolvers<void>();

  await mq.listen(Wishes, { concurrency: WORKERS, prefetch: WORKERS }, async ({ customer }) => {
    busiest = Math.max(busiest, ++busy);
    await new Promise((resolve) => setTimeout(resolve, SALE_MS));
    if (stock > 0) {
      stock--;
      buyers.push(customer);
    } else tooLate++;
    busy--;
    if (--waiting === 0) done.resolve();
  });

  /** What the web server does with a request: an answer at once, whatever is going on behind. */
  const wish = async (customer: number): Promise<boolean> => {
    if (waiting >= WAITING_MAX) return false;
    waiting++;
    await mq.send(Wishes, { customer });
    return true;
  };

  const startedAt = performance.now();
  const answers = await Promise.all(Array.from({ length: CUSTOMERS }, (_, customer) => wish(customer)));
  const answeredMs = performance.now() - startedAt;
  const taken = answers.filter((isTaken) => isTaken).length;
  say(
    `${CUSTOMERS} requests at once: ${taken} queued, ${CUSTOMERS - taken} turned away, in ${Math.round(answeredMs)} ms`,
  );
  await done.promise;
  say(`${buyers.length} sold, ${tooLate} too late, ${stock} left; never more than ${busiest} at work at a time`);
  return { taken, sold: buyers.length, tooLate, left: stock, busiest, distinct: new Set(buyers).size };
}

if (import.meta.main) await run(console.log);
