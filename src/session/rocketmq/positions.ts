/**
 * Positions of consumer groups in queues: the core's, so other protocols see and set them too.
 */
import type { KeptLog } from '../../core/kept-log.ts';
import type { Namespace } from '../../core/namespace.ts';

/** The offset of the next message that the group wants; undefined if it never said. */
export function positionOf({ groups }: Namespace, group: string, { log }: KeptLog): number | undefined {
  return groups.byName.get(group)?.positions.get(log.id)?.offset;
}

/** Clients say it every few seconds, changed or not: what is known already is not written again. */
export function commitPosition(namespace: Namespace, group: string, kept: KeptLog, offset: number): void {
  if (offset < 0 || !Number.isSafeInteger(offset) || positionOf(namespace, group, kept) === offset) return;
  namespace.groups.commit(group, kept.log.id, offset, '');
}
