/**
 * Keys: ids as texts. Those of one session's consumers and producers begin like the session's.
 */
import type { StructureOf } from '../../wire/openwire/structures.ts';
import { JMS_EXCEPTION, JmsError } from './exceptions.ts';

export function keyOf(id: StructureOf<'SessionId' | 'ProducerId' | 'ConsumerId'> | null): string {
  if (id === null) throw new JmsError(JMS_EXCEPTION, 'An id is missing');
  if (id.type === 'SessionId') return `${id.connectionId}:${id.value}:`;
  return `${id.connectionId}:${id.sessionId}:${id.value}`;
}
