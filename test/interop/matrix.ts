/**
 * The matrix: what a client of one protocol sends, clients of all protocols receive. Each publisher has a topic of its
 * own that everybody is subscribed to; so seven rounds of letters prove forty-nine pairs.
 */
import { Kafka, logLevel } from 'kafkajs';
import { type EmbeddedBroker, startBroker } from '../../src/index.ts';
import { amqpParty } from './parties/amqp.ts';
import { kafkaParty } from './parties/kafka.ts';
import { openwireParty } from './parties/openwire.ts';
import { rocketmqGrpcParty } from './parties/rocketmq-grpc.ts';
import { rocketmqRemotingParty } from './parties/rocketmq-remoting.ts';
import { stompParty } from './parties/stomp.ts';
import { zmtpParty } from './parties/zmtp.ts';
import type { Letter, Party } from './party.ts';

const MIB = 1024 * 1024;
const HEADERS = { größe: 'groß 世界', count: 7, flag: true };
/** More than Kafka's default takes, which is a little less than a body of 1 MiB. */
const RECORD_BYTES_MAX = 2 * MIB;

/** Text, binary, empty, and 1 MiB. */
const LETTERS: readonly Letter[] = [
  { body: Buffer.from('héllo 世界'), headers: HEADERS },
  { body: Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)), headers: HEADERS },
  { body: Buffer.alloc(0), headers: HEADERS },
  { body: Buffer.alloc(MIB, 'x'), headers: HEADERS },
];

const before: readonly Party[] = [
  amqpParty,
  kafkaParty,
  rocketmqGrpcParty,
  rocketmqRemotingParty,
  openwireParty,
  stompParty,
];

export const parties: readonly Party[] = [...before, zmtpParty(endpointOf)];

export interface Pair {
  readonly from: Party;
  readonly to: Party;
  readonly sent: readonly Letter[];
  readonly received: readonly Letter[];
}

/** Calls `told` for each of the pairs as soon as it is through. */
export async function runMatrix(told: (pair: Pair) => void): Promise<void> {
  const zmqEndpoints = parties.flatMap((party) => [
    `pull:0:exchange/${topicOf(party)}`,
    `pub:0:exchange/${topicOf(party)}`,
  ]);
  const broker = await startBroker({ zmqEndpoints });
  try {
    await makeTopics(broker);
    await Promise.all(parties.map((from) => round(broker, from, told)));
  } finally {
    await broker.stop();
  }
}

async function round(broker: EmbeddedBroker, from: Party, told: (pair: Pair) => void): Promise<void> {
  const topic = topicOf(from);
  const sent = LETTERS.filter(({ body }) => body.length > 0 || from.lacks?.emptyBodies !== true);
  const receivers = await Promise.all(parties.map((party) => party.open(broker)));
  const takes = await Promise.all(receivers.map((receiver) => receiver.subscribe(topic)));
  const sender = await from.open(broker);
  for (const letter of sent) await sender.send(topic, letter);
  await Promise.all(
    takes.map(async (take, index) => {
      told({ from, to: parties[index] as Party, sent, received: await take(sent.length) });
    }),
  );
  await sender.close();
  for (const receiver of receivers) await receiver.close();
}

function topicOf({ name }: Party): string {
  return `from-${name.replaceAll(' ', '-')}`;
}

function endpointOf(topic: string, kind: 'pull' | 'pub'): number {
  const index = parties.findIndex((party) => topicOf(party) === topic);
  return 2 * index + (kind === 'pull' ? 1 : 2);
}

async function makeTopics(broker: EmbeddedBroker): Promise<void> {
  const brokers = [new URL(broker.url('kafka')).host];
  const admin = new Kafka({ clientId: 'matrix', brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const configEntries = [{ name: 'max.message.bytes', value: String(RECORD_BYTES_MAX) }];
  await admin.createTopics({
    topics: parties.map((party) => ({ topic: topicOf(party), numPartitions: 1, configEntries })),
  });
  await admin.disconnect();
}
