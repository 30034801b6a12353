/** RocketMQ's remoting by a client of our own: there is none on npm. The Java client is in `conformance/`. */
import { pullMessage } from '../../../src/wire/rocketmq/apis/consumption.ts';
import { sendMessageV2 } from '../../../src/wire/rocketmq/apis/messages.ts';
import { NamedRanges } from '../../../src/wire/rocketmq/named-ranges.ts';
import { readProperties } from '../../../src/wire/rocketmq/properties.ts';
import { StoredMessage } from '../../../src/wire/rocketmq/stored-message.ts';
import { RocketmqClient } from '../../crash/rocketmq-client.ts';
import { sendFields } from '../../session/rocketmq/kit.ts';
import type { Letter, Party } from '../party.ts';

const FOUND = 0;
const SUSPEND_FLAG = 2;
const SUSPEND_MS = 1_000;

export const rocketmqRemotingParty: Party = {
  name: 'RocketMQ remoting',
  client: 'own codec',
  lacks: { emptyBodies: true },
  async open(broker) {
    const port = Number(new URL(broker.url('rocketmq')).port);
    const client = await RocketmqClient.open(port);
    const readers: RocketmqClient[] = [];
    return {
      async send(topic, { body, headers }) {
        const texts = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
        const answer = await client.ask(sendMessageV2, sendFields(topic, { properties: texts }), body);
        if (answer?.code !== FOUND) throw new Error(`refused: ${answer?.code}`);
      },
      async subscribe(topic) {
        const reader = await RocketmqClient.open(port);
        readers.push(reader);
        return async (count) => {
          const letters: Letter[] = [];
          for (let offset = 0; letters.length < count; offset = letters.length) {
            const answer = await reader.ask(pullMessage, {
              consumerGroup: 'matrix',
              topic,
              queueId: 0,
              queueOffset: offset,
              maxMsgNums: 32,
              sysFlag: SUSPEND_FLAG,
              commitOffset: 0,
              suspendTimeoutMillis: SUSPEND_MS,
              subscription: '*',
              subVersion: 0,
              expressionType: 'TAG',
            });
            if (answer === null) throw new Error('the connection ended');
            if (answer.code === FOUND) letters.push(...lettersIn(answer.body));
          }
          return letters;
        };
      },
      async close() {
        for (const each of [client, ...readers]) await each.close();
      },
    };
  },
};

function lettersIn(body: Buffer): Letter[] {
  const message = new StoredMessage();
  const ranges = new NamedRanges();
  const letters: Letter[] = [];
  for (let at = 0; at < body.length; at = message.end) {
    message.open(body, at, body.length);
    readProperties(body, message.propertiesStart, message.propertiesEnd, ranges);
    const headers: Record<string, string> = {};
    for (let index = 0; index < ranges.count; index++) headers[ranges.nameOf(index)] = ranges.textOf(index);
    letters.push({ body: Buffer.from(body.subarray(message.bodyStart, message.bodyEnd)), headers });
  }
  return letters;
}
