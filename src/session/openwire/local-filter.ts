/**
 * noLocal: a consumer does not want what its own connection has sent.
 */
import type { Filter } from '../../core/filter.ts';
import type { Entry } from '../../core/message.ts';
import { MessageLook } from '../../wire/openwire/message-look.ts';
import { OPENWIRE_FORMAT } from './publication.ts';

export function withoutLocal(other: Filter | null, connectionId: string): Filter {
  const look = new MessageLook();
  return {
    text: `not from ${connectionId}: ${other?.text ?? ''}`,
    matches: (entry: Entry) => {
      if (isFrom(look, entry, connectionId)) return false;
      return other === null || other.matches(entry);
    },
  };
}

function isFrom(look: MessageLook, { format, bytes, start, end }: Entry, connectionId: string): boolean {
  if (format !== OPENWIRE_FORMAT) return false;
  look.at(bytes, start, end);
  const producer = look.structure('producerId');
  return producer?.type === 'ProducerId' && producer.connectionId === connectionId;
}
