/**
 * Transacted sessions over OpenWire, over any number of crashes, and the ledger of them.
 *
 *   producer   a batch into queue `in` in one transaction: committed, or rolled back
 *   mover      takes from `in` and sends on to `out`, both in one transaction
 *   ledger     what was answered is so; what was not is whole or not at all
 *
 * So each number of a committed batch is in exactly one of the queues, exactly once; of a batch that was not answered
 * all are there or none; of one that was rolled back, none. A browser reads both queues without taking anything.
 */
import { type Dispatch, Gone, OpenWireClient, queue, textOf } from '../openwire-client.ts';
import type { Random } from './random.ts';

const IN = queue('in');
const OUT = queue('out');
const PRODUCERS = 3;
const MOVERS = 3;
const BATCH_MAX = 20;
const MOVED_MAX = 10;
const ROLLED_BACK = 0.2;

type Fate = 'committed' | 'rolled back' | 'unknown';

export class OpenWireLoad {
  readonly violations: string[] = [];
  committed = 0;
  rolledBack = 0;
  moved = 0;
  readonly #random: Random;
  readonly #batches: { readonly numbers: readonly number[]; fate: Fate }[] = [];
  /** Taken and sent on by transactions that were answered. */
  readonly #movedOn = new Set<number>();
  #numbers = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Until the broker is gone. */
  async run(port: number): Promise<void> {
    const work = [];
    for (let index = 0; index < PRODUCERS; index++) work.push(untilGone(port, (client) => this.#produce(client)));
    for (let index = 0; index < MOVERS; index++) work.push(untilGone(port, (client) => this.#move(client)));
    await Promise.all(work);
  }

  async #produce(client: OpenWireClient): Promise<void> {
    for (;;) {
      const numbers = Array.from({ length: this.#random.between(1, BATCH_MAX) }, () => ++this.#numbers);
      const batch = { numbers, fate: 'unknown' as Fate };
      this.#batches.push(batch);
      const transactionId = client.begin();
      for (const number of numbers) client.send(client.message(IN, String(number), { transactionId }));
      const isCommitted = !this.#random.chance(ROLLED_BACK);
      // Whether it is answered or not: it was not committed.
      if (!isCommitted) batch.fate = 'rolled back';
      await client.decide(transactionId, isCommitted ? 2 : 4);
      if (isCommitted) batch.fate = 'committed';
      if (isCommitted) this.committed++;
      else this.rolledBack++;
    }
  }

  async #move(client: OpenWireClient): Promise<void> {
    const inbox = await client.consume(IN, { prefetchSize: 50 });
    for (;;) {
      const transactionId = client.begin();
      const taken: Dispatch[] = [await inbox.next()];
      for (let more = this.#random.between(0, MOVED_MAX - 1); more > 0; more--) taken.push(await inbox.next());
      for (const { message } of taken) client.send(client.message(OUT, textOf(message), { transactionId }));
      inbox.acknowledge(taken[0] as Dispatch, taken.at(-1) as Dispatch, { transactionId });
      await client.decide(transactionId, 2);
      for (const { message } of taken) this.#movedOn.add(Number(textOf(message)));
      this.moved += taken.length;
    }
  }

  /** Compares what is there with what was answered. */
  async inspect(port: number): Promise<void> {
    const client = await new OpenWireClient(port).open();
    const waiting = await numbersIn(client, IN);
    const moved = await numbersIn(client, OUT);
    client.close();
    const places = new Map<number, number>();
    for (const number of [...waiting, ...moved]) places.set(number, (places.get(number) ?? 0) + 1);
    for (const [number, times] of places) if (times > 1) this.violations.push(`${number} is there ${times} times`);
    for (const number of this.#movedOn) {
      if (!moved.has(number)) this.violations.push(`${number} was moved, and is not there`);
    }
    for (const batch of this.#batches) {
      const there = batch.numbers.filter((number) => places.has(number)).length;
      const { length } = batch.numbers;
      if (batch.fate === 'rolled back' && there > 0) this.violations.push(`${batch.numbers[0]}... was rolled back`);
      if (batch.fate === 'committed' && there < length) {
        this.violations.push(`of ${batch.numbers[0]}... ${length - there} of ${length} are lost`);
      }
      if (batch.fate !== 'unknown') continue;
      if (there > 0 && there < length) this.violations.push(`${batch.numbers[0]}... is half there`);
      batch.fate = there > 0 ? 'committed' : 'rolled back';
    }
  }
}

async function untilGone(port: number, work: (client: OpenWireClient) => Promise<void>): Promise<void> {
  const client = new OpenWireClient(port);
  try {
    await work(await client.open());
  } catch (error) {
    if (!(error instanceof Gone)) throw error;
  } finally {
    client.close();
  }
}

async function numbersIn(client: OpenWireClient, destination: typeof IN): Promise<Set<number>> {
  const inbox = await client.consume(destination, { browser: true, prefetchSize: 1000 });
  const numbers = new Set<number>();
  for (;;) {
    const dispatch = await inbox.next();
    if (dispatch.message === null) break;
    const number = Number(textOf(dispatch.message));
    if (numbers.has(number)) throw new Error(`${number} is twice in ${destination.physicalName}`);
    numbers.add(number);
    inbox.acknowledge(dispatch, dispatch);
  }
  await inbox.close();
  return numbers;
}
