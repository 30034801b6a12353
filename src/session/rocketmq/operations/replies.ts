/**
 * SEND_REPLY_MESSAGE: the answer to a message that was a question, on its way to who asked. It is handed to him at once
 * and not kept; nobody but him waits for it.
 */
import type { Api } from '../../../wire/rocketmq/api.ts';
import { pushReplyMessage, sendReplyMessage, sendReplyMessageV2 } from '../../../wire/rocketmq/apis/messages.ts';
import type { Command } from '../../../wire/rocketmq/command.ts';
import { COMMAND_FLAG, SERIALIZE } from '../../../wire/rocketmq/constants.ts';
import { hostText } from '../../../wire/rocketmq/host.ts';
import { NamedRanges } from '../../../wire/rocketmq/named-ranges.ts';
import { changedProperties, PROPERTY, readProperties } from '../../../wire/rocketmq/properties.ts';
import { RESPONSE } from '../../../wire/rocketmq/response-codes.ts';
import { SendHeader } from '../../../wire/rocketmq/send-header.ts';
import { writeReply } from '../call.ts';
import type { Operation } from '../operation.ts';
import type { Peer } from '../peer.ts';
import { REGION } from '../property-draft.ts';
import { answer, type Reply, refusal } from '../reply.ts';

const header = new SendHeader();
const properties = new NamedRanges();
const NO_ID = '0';

function reply(peer: Peer, command: Command): Reply | null {
  header.read(command);
  readProperties(header.bytes, header.propertiesStart, header.propertiesEnd, properties);
  const clientId = properties.text(PROPERTY.REPLY_TO_CLIENT) ?? '';
  const { clients, broker } = peer.node;
  const channel = clients.channelOf(clientId);
  if (channel === undefined) {
    return refusal(RESPONSE.SYSTEM_ERROR, `push reply message fail, channel of <${clientId}> not found.`);
  }
  const { now } = broker.clock;
  const told = changedProperties(properties, {
    [PROPERTY.PUSH_REPLY_TIME]: String(now),
    [PROPERTY.MSG_REGION]: REGION,
    [PROPERTY.TRACE_SWITCH]: 'true',
  });
  const fields = {
    producerGroup: header.producerGroup,
    topic: header.topic,
    defaultTopic: header.defaultTopic(),
    defaultTopicQueueNums: header.defaultTopicQueueNums,
    queueId: Math.max(0, header.queueId),
    sysFlag: header.sysFlag,
    bornTimestamp: header.bornTimestamp,
    flag: header.flag,
    properties: Buffer.from(told).toString(),
    reconsumeTimes: header.reconsumeTimes,
    unitMode: header.unitMode,
    bornHost: hostText(peer.bornHost),
    storeHost: hostText(peer.storeHost),
    storeTimestamp: now,
  };
  const { writer } = channel;
  const { code, request } = pushReplyMessage;
  writer.begin(SERIALIZE.JSON, code, COMMAND_FLAG.ONEWAY, clients.nextOpaque(), null, request.room(fields));
  request.write(writer, fields);
  writer.end(command.bodyBytes);
  writer.out.append(command.bytes, command.bodyStart, command.bodyEnd);
  channel.touch();
  return null;
}

function run(peer: Peer, command: Command): void {
  const refused = reply(peer, command);
  if (command.isOneway) return;
  const said = { msgId: NO_ID, queueId: Math.max(0, header.queueId), queueOffset: 0 };
  writeReply(peer.writer, command, sendReplyMessage.answer, refused ?? answer(said));
  peer.touch();
}

function operationFor({ code }: Pick<Api, 'code'>): Operation {
  return { code, publishes: false, run };
}

export const REPLY_OPERATIONS = [operationFor(sendReplyMessage), operationFor(sendReplyMessageV2)];
