/**
 * Destinations as structures of the wire, and as the names that the core's Destinations understand.
 */
import { type DestinationName, partsOf } from '../../core/destination/destination-name.ts';
import type { Destination } from '../../wire/openwire/structures.ts';
import { INVALID_DESTINATION, JmsError } from './exceptions.ts';

const ADVISORY_PREFIX = 'ActiveMQ.Advisory.';

/** One name, or several of a composite. */
export function namesOf({ type, physicalName }: Destination): DestinationName[] {
  const kind = type === 'Queue' || type === 'TempQueue' ? 'queue' : 'topic';
  const isTemporary = type === 'TempQueue' || type === 'TempTopic';
  const names = partsOf(physicalName ?? '', { kind, isTemporary });
  if (names.some(({ name }) => name === '')) throw new JmsError(INVALID_DESTINATION, 'A destination without a name');
  return names;
}

export function structureOf({ kind, name, isTemporary }: DestinationName): Destination {
  if (kind === 'queue') return { type: isTemporary ? 'TempQueue' : 'Queue', physicalName: name };
  return { type: isTemporary ? 'TempTopic' : 'Topic', physicalName: name };
}

/** A topic by which the broker itself tells what happens. */
export function isAdvisory({ kind, name }: DestinationName): boolean {
  return kind === 'topic' && name.startsWith(ADVISORY_PREFIX);
}
