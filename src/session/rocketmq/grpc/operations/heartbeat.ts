/**
 * Heartbeat: a client is there. What it is, it said in its settings.
 */
import { CLIENT_TYPE, CODE } from '../../../../wire/rocketmq/v2/codes.ts';
import { groupNameOf } from '../names.ts';
import { operation } from '../operation.ts';
import { OK, Refusal } from '../refusal.ts';

const KNOWN_TYPES: ReadonlySet<number> = new Set(Object.values(CLIENT_TYPE));

export const heartbeat = operation('Heartbeat', ({ node, caller }, { clientType, group }) => {
  if (!KNOWN_TYPES.has(clientType)) {
    throw new Refusal(CODE.UNRECOGNIZED_CLIENT_TYPE, `there is no client type ${clientType}`);
  }
  const name = clientType === CLIENT_TYPE.PRODUCER ? null : groupNameOf(group);
  const client = node.clients.seen(caller.clientId);
  if (name !== null) client.group = name;
  return { status: OK };
});
