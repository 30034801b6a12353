/**
 * Transactions under way when the broker is killed, and the ledger of what has to become of them.
 *
 *     half message ──answered──▶ held ──decision──▶ decided ──answered──▶ kept
 *                                  └─ not decided: the broker asks, and is told then
 *
 * A transaction's number says how it ends: one in three is rolled back. So whoever decides it, and how often, the end
 * is the same, and what may be in the topic is known without any memory:
 *
 *     rolled back                          never
 *     committed, half message answered     once, in the end; at once if the decision was answered
 *     committed, half message not answered once or never
 */
import { heartBeat, pullMessage } from '../../src/wire/rocketmq/apis/consumption.ts';
import { endTransaction, sendMessageV2 } from '../../src/wire/rocketmq/apis/messages.ts';
import { MESSAGE_FLAG } from '../../src/wire/rocketmq/constants.ts';
import { REQUEST } from '../../src/wire/rocketmq/request-codes.ts';
import { RESPONSE } from '../../src/wire/rocketmq/response-codes.ts';
import { messagesIn, sendFields } from '../session/rocketmq/kit.ts';
import type { Random } from './random.ts';
import { RocketmqClient, type Told } from './rocketmq-client.ts';

const TOPIC = 'transacted';
const GROUP = 'transactors';
const QUEUES = 4;
const IN_FLIGHT = 32;
const VIOLATIONS_MAX = 20;
const PREPARED = { sysFlag: MESSAGE_FLAG.TRANSACTION_PREPARED, group: GROUP, queues: QUEUES } as const;

export class RocketmqLoad {
  readonly violations: string[] = [];
  held = 0;
  decided = 0;
  /** Questions that were answered. */
  checked = 0;
  delivered = 0;
  readonly #random: Random;
  #number = 0;
  /** Committed, and not seen in the topic yet; true: the decision was answered. */
  readonly #due = new Map<number, boolean>();
  readonly #seen = new Set<number>();
  readonly #next = new Array<number>(QUEUES).fill(0);

  constructor(random: Random) {
    this.#random = random;
  }

  /** Begins transactions and ends most of them until the connection is gone or `goesOn` is false. */
  async run(port: number, goesOn: () => boolean): Promise<void> {
    const client = await this.#attend(port);
    const lanes = Array.from({ length: IN_FLIGHT }, async () => {
      while (!client.closed && goesOn()) await this.#transact(client);
    });
    await Promise.all(lanes);
    await client.close();
  }

  /** Answers until nothing is asked for `quietMs`: then there is nothing that is not decided. */
  async finish(port: number, quietMs: number): Promise<void> {
    const client = await this.#attend(port);
    for (let before = -1; before !== this.checked; ) {
      before = this.checked;
      await new Promise((resolve) => setTimeout(resolve, quietMs));
    }
    await client.close();
    await this.inspect(port);
    for (const number of this.#due.keys()) this.#report(`transaction ${number} was committed and never delivered`);
  }

  /** Reads what the topic got since the last time. */
  async inspect(port: number): Promise<void> {
    const client = await RocketmqClient.open(port);
    for (let queueId = 0; queueId < QUEUES; queueId++) await this.#read(client, queueId);
    await client.close();
    for (const [number, isAnswered] of this.#due) {
      if (isAnswered) this.#report(`the commit of ${number} was answered, and it is not delivered`);
    }
  }

  // ── Transactions ──

  async #attend(port: number): Promise<RocketmqClient> {
    const client = await RocketmqClient.open(port);
    client.onAsked = (told) => this.#asked(client, told);
    const producer = { clientID: 'crash', producerDataSet: [{ groupName: GROUP }], consumerDataSet: [] };
    await client.ask(heartBeat, {}, Buffer.from(JSON.stringify(producer)));
    return client;
  }

  async #transact(client: RocketmqClient): Promise<void> {
    const number = this.#number++;
    const properties = { UNIQ_KEY: String(number), PGROUP: GROUP, TRAN_MSG: 'true' };
    const fields = sendFields(TOPIC, { ...PREPARED, queueId: number % QUEUES, properties });
    const answer = await client.ask(sendMessageV2, fields, Buffer.from(`transaction ${number}`));
    if (answer === null) return;
    if (answer.code !== RESPONSE.SUCCESS) return this.#report(`half message ${number} is answered ${answer.code}`);
    this.held++;
    if (isCommitted(number)) this.#due.set(number, false);
    if (this.#random.chance(0.2)) return; // will be asked about
    await this.#decide(client, number, Number(answer.fields['queueOffset']));
  }

  async #decide(client: RocketmqClient, number: number, offset: number): Promise<void> {
    const answer = await client.ask(endTransaction, decisionOf(number, offset, false));
    if (answer === null) return;
    if (answer.code !== RESPONSE.SUCCESS) return this.#report(`the decision of ${number} is answered ${answer.code}`);
    this.decided++;
    if (isCommitted(number) && !this.#seen.has(number)) this.#due.set(number, true);
  }

  #asked(client: RocketmqClient, { code, fields }: Told): void {
    if (code !== REQUEST.CHECK_TRANSACTION_STATE) return;
    this.checked++;
    const number = Number(fields['msgId']);
    client.tell(endTransaction, decisionOf(number, Number(fields['tranStateTableOffset']), true));
  }

  // ── What is there ──

  async #read(client: RocketmqClient, queueId: number): Promise<void> {
    for (;;) {
      const offset = this.#next[queueId] as number;
      const place = { consumerGroup: 'inspectors', topic: TOPIC, queueId, queueOffset: offset, commitOffset: 0 };
      const terms = { maxMsgNums: 32, sysFlag: 4, suspendTimeoutMillis: 0, subscription: '*', subVersion: 1 };
      const answer = await client.ask(pullMessage, { ...place, ...terms });
      if (answer === null) return this.#report('the broker went while it was inspected');
      if (answer.code === RESPONSE.PULL_OFFSET_MOVED) {
        return this.#report(`queue ${queueId} was read up to ${offset} and ends before`);
      }
      if (answer.code !== RESPONSE.SUCCESS) return;
      for (const { properties } of messagesIn(answer.body)) this.#deliveredOne(Number(properties['UNIQ_KEY']));
      this.#next[queueId] = Number(answer.fields['nextBeginOffset']);
    }
  }

  #deliveredOne(number: number): void {
    this.delivered++;
    if (this.#seen.has(number)) this.#report(`transaction ${number} was delivered twice`);
    if (!isCommitted(number)) this.#report(`transaction ${number} was rolled back and delivered`);
    this.#seen.add(number);
    this.#due.delete(number);
  }

  #report(violation: string): void {
    if (this.violations.length < VIOLATIONS_MAX) this.violations.push(violation);
  }
}

function isCommitted(number: number): boolean {
  return number % 3 !== 0;
}

function decisionOf(number: number, tranStateTableOffset: number, fromTransactionCheck: boolean) {
  const commitOrRollback = isCommitted(number) ? MESSAGE_FLAG.TRANSACTION_COMMIT : MESSAGE_FLAG.TRANSACTION_ROLLBACK;
  const what = { msgId: String(number), tranStateTableOffset, commitLogOffset: 0 };
  return { producerGroup: GROUP, commitOrRollback, fromTransactionCheck, ...what };
}
