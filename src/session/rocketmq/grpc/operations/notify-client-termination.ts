/**
 * NotifyClientTermination: a client goes; what was renewed for it returns at once.
 */
import { operation } from '../operation.ts';
import { OK } from '../refusal.ts';

export const notifyClientTermination = operation('NotifyClientTermination', ({ node, caller }) => {
  const client = node.clients.byId.get(caller.clientId);
  if (client !== undefined) node.clients.remove(client);
  return { status: OK };
});
