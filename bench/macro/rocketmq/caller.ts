/** Requests one at a time, each waiting for its answer: topics are made and counted by it, around a load. */

import { sleep } from '../clock.ts';
import { Connection } from '../kafka/connection.ts';
import { FrameScanner } from '../kafka/frame-scanner.ts';
import { Answer, CODES, encode, type Fields } from './command.ts';

const ANSWER_LIMIT_MS = 30_000;
const ROUTE_LIMIT_MS = 30_000;
const RETRY_MS = 5;

export class Caller {
  private readonly connection: Connection;
  private readonly scanner: FrameScanner;
  private opaque = 0;

  private constructor(connection: Connection, scanner: FrameScanner) {
    this.connection = connection;
    this.scanner = scanner;
  }

  static async open(port: number): Promise<Caller> {
    const scanner = new FrameScanner();
    return new Caller(await Connection.open(port, scanner), scanner);
  }

  /** Its answer's bytes are its own. */
  async call(code: number, fields: Fields, body?: Buffer): Promise<Answer> {
    const opaque = ++this.opaque;
    const answered = new Promise<Answer>((resolve) => {
      this.scanner.onFrame = (bytes, at, end) => {
        const answer = new Answer();
        answer.read(Buffer.from(bytes.subarray(at, end)), 0, end - at);
        if (answer.opaque === opaque) resolve(answer);
      };
    });
    this.connection.socket.write(encode(code, fields, body === undefined ? { opaque } : { opaque, body }));
    const late = setTimeout(() => this.connection.end(new Error(`no answer to request ${code}`)), ANSWER_LIMIT_MS);
    try {
      return await Promise.race([answered, this.connection.failed]);
    } finally {
      clearTimeout(late);
    }
  }

  close(): void {
    this.connection.close();
  }
}

interface Route {
  brokerDatas: { brokerAddrs: Record<string, string> }[];
}

/** The port of the broker that has this topic, as the name server says; undefined while it has none. */
export async function brokerPort(namesrv: Caller, topic: string): Promise<number | undefined> {
  const answer = await namesrv.call(CODES.route, { topic, acceptStandardJsonOnly: true });
  if (answer.code !== 0) return undefined;
  const address = (JSON.parse(answer.body()) as Route).brokerDatas[0]?.brokerAddrs['0'];
  return address === undefined ? undefined : Number(address.split(':').at(-1));
}

/** Makes a topic if it is not there, waits until it has a route, and answers the broker's port. */
export async function createTopic(namesrvPort: number, topic: string, queues: number): Promise<number> {
  const namesrv = await Caller.open(namesrvPort);
  const there = await brokerPort(namesrv, topic);
  if (there !== undefined) {
    namesrv.close();
    return there;
  }
  const port = await routed(namesrv, 'TBW102');
  const broker = await Caller.open(port);
  const made = await broker.call(CODES.createTopic, {
    topic,
    defaultTopic: 'TBW102',
    readQueueNums: queues,
    writeQueueNums: queues,
    perm: 6,
    topicFilterType: 'SINGLE_TAG',
    topicSysFlag: 0,
    order: false,
  });
  if (made.code !== 0) throw new Error(`the topic could not be made: code ${made.code}`);
  await routed(namesrv, topic);
  broker.close();
  namesrv.close();
  return port;
}

async function routed(namesrv: Caller, topic: string): Promise<number> {
  const until = performance.now() + ROUTE_LIMIT_MS;
  for (;;) {
    const port = await brokerPort(namesrv, topic);
    if (port !== undefined) return port;
    if (performance.now() > until) throw new Error(`${topic} has no route`);
    await sleep(RETRY_MS);
  }
}

/** Messages in all queues of a topic. */
export async function messagesIn(port: number, topic: string, queues: number): Promise<number> {
  const broker = await Caller.open(port);
  let total = 0;
  for (let queueId = 0; queueId < queues; queueId++) {
    const answer = await broker.call(CODES.maxOffset, { topic, queueId });
    if (answer.code !== 0) throw new Error(`no count of queue ${queueId}: code ${answer.code}`);
    total += Number(answer.field('offset'));
  }
  broker.close();
  return total;
}
