/**
 * DestinationName: where a JMS or STOMP client sends to or receives from.
 *
 *     queue   the queue of that name, as AMQP clients see it
 *     topic   the exchange of that name, as AMQP, Kafka and RocketMQ clients see it; each subscription gets a copy
 *
 * A composite is several, separated by commas, each with a prefix of its own or the kind of the whole. A temporary
 * one lives as long as the connection that made it, and only that connection receives from it.
 */
import { CoreError } from '../errors.ts';

export type DestinationKind = 'queue' | 'topic';

export interface DestinationName {
  readonly kind: DestinationKind;
  readonly name: string;
  readonly isTemporary: boolean;
}

const PREFIXES: readonly (readonly [prefix: string, kind: DestinationKind, isTemporary: boolean])[] = [
  ['queue://', 'queue', false],
  ['topic://', 'topic', false],
  ['temp-queue://', 'queue', true],
  ['temp-topic://', 'topic', true],
];
const COMPOSITE_MAX = 256;

/** The parts of a name, which is mostly one. `whole` says what a part without a prefix is. */
export function partsOf(text: string, whole: Omit<DestinationName, 'name'>): DestinationName[] {
  if (!text.includes(',') && !text.includes('://')) return [{ ...whole, name: text }];
  const parts = text.split(',', COMPOSITE_MAX + 1);
  if (parts.length > COMPOSITE_MAX) {
    const facts = { reason: 'limit', kind: 'queue', argument: 'destination parts' } as const;
    throw new CoreError('LIMIT', { ...facts, received: parts.length, current: COMPOSITE_MAX });
  }
  return parts.map((part) => partOf(part.trim(), whole));
}

function partOf(text: string, whole: Omit<DestinationName, 'name'>): DestinationName {
  for (const [prefix, kind, isTemporary] of PREFIXES) {
    if (text.startsWith(prefix)) return { kind, isTemporary, name: text.slice(prefix.length) };
  }
  return { ...whole, name: text };
}

/** As it is written in ActiveMQ's URIs: `queue://orders`. */
export function uriOf({ kind, name, isTemporary }: DestinationName): string {
  return `${isTemporary ? 'temp-' : ''}${kind}://${name}`;
}
