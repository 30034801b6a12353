/**
 * The names of the places beside a topic's group where its failed messages are: retry lanes and dead letters. They are
 * ordinary queues, so any client and any console can look at them.
 *
 *     orders, group billing     orders.billing.retry-30s     orders.billing.dead
 *     queue mails               mails.retry-30s              mails.dead
 */
import { durationText } from './duration.ts';
import type { Destination } from './message.ts';

function beside({ kind, name }: Destination, group: string | undefined, suffix: string): Destination {
  return { kind: 'queue', name: kind === 'topic' ? `${name}.${group}.${suffix}` : `${name}.${suffix}` };
}

/** Where messages wait for their next attempt. */
export function laneOf(destination: Destination, group: string | undefined, delayMs: number): Destination {
  return beside(destination, group, `retry-${durationText(delayMs)}`);
}

/** Where messages end that nobody could handle. */
export function deadLettersOf(destination: Destination, group: string | undefined): Destination {
  return beside(destination, group, 'dead');
}

/** `topic:orders`, as in the header `failure-origin`. */
export function destinationText({ kind, name }: Destination): string {
  return `${kind}:${name}`;
}

/** The reverse; undefined if it is none. */
export function destinationIn(text: string | undefined): Destination | undefined {
  const match = /^(topic|queue):(.+)$/.exec(text ?? '');
  return match === null ? undefined : { kind: match[1] as 'topic' | 'queue', name: match[2] as string };
}
