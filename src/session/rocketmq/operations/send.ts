/**
 * SEND_MESSAGE in its three forms. The work is in sending.ts; here is what a refusal looks like.
 */

import { CoreError } from '../../../core/errors.ts';
import type { Api } from '../../../wire/rocketmq/api.ts';
import { sendBatchMessage, sendMessage, sendMessageV2 } from '../../../wire/rocketmq/apis/messages.ts';
import type { Command } from '../../../wire/rocketmq/command.ts';
import { RESPONSE } from '../../../wire/rocketmq/response-codes.ts';
import { RocketmqWireError } from '../../../wire/rocketmq/wire-error.ts';
import { refusalOf } from '../errors.ts';
import type { Operation } from '../operation.ts';
import type { Peer } from '../peer.ts';
import { REGION } from '../property-draft.ts';
import { type Reply, refusal } from '../reply.ts';

const ROOM = 128;

function send({ code }: Pick<Api, 'code'>): Operation {
  return { code, publishes: true, run };
}

function run(peer: Peer, command: Command): void {
  const refused = attempt(peer, command);
  if (refused === null || command.isOneway) return;
  const { writer } = peer;
  writer.answer(command, refused.code, refused.remark, ROOM);
  writer.text('MSG_REGION', REGION);
  writer.flag('TRACE_ON', true);
  writer.end(0);
  peer.touch();
}

function attempt(peer: Peer, command: Command): Reply | null {
  const { store } = peer.node.broker;
  if (store.pressure === 'disk') return refusal(RESPONSE.SERVICE_NOT_AVAILABLE, "the broker's disk is full");
  try {
    return peer.node.sending.send(peer, command);
  } catch (error) {
    if (error instanceof RocketmqWireError) return refusal(error.code, error.message);
    if (error instanceof CoreError) return refusalOf(error);
    throw error;
  }
}

export const SEND_OPERATIONS = [send(sendMessage), send(sendMessageV2), send(sendBatchMessage)];
