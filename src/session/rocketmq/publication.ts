/**
 * Publication: one sealed message into its queue, and to wherever the bindings of its topic's exchange take it.
 *
 * Bindings that look at keys or headers are given those of the message, read from its properties only then.
 */

import type { Offset } from '../../core/ids.ts';
import type { Message } from '../../core/message.ts';
import type { Namespace } from '../../core/namespace.ts';
import type { Headers, Value } from '../../core/value.ts';
import type { NamedRanges } from '../../wire/rocketmq/named-ranges.ts';
import type { Destination } from './topic-catalog.ts';
import { isHeader, keyOf } from './translation.ts';

class PropertyHeaders implements Headers {
  properties: NamedRanges | null = null;

  get(name: string): Value | undefined {
    return isHeader(name) ? (this.properties?.text(name) ?? undefined) : undefined;
  }
}

const headers = new PropertyHeaders();

/** The offset that it has in its queue. */
export function publish(
  { environment }: Namespace,
  { exchange, topic }: Destination,
  queueId: number,
  message: Message,
  properties: NamedRanges,
): Offset {
  const { log } = topic.logs[queueId] as (typeof topic.logs)[number];
  const offset = environment.store.nextOffset(log);
  const whole = exchange.wholeRoute(queueId);
  if (whole !== null) {
    whole.publish(message);
    return offset;
  }
  exchange.keptRoute(queueId).publish(message);
  headers.properties = properties;
  const bound = exchange.boundRoute(keyOf(properties), headers);
  headers.properties = null;
  if (!bound.empty) bound.publish(message);
  return offset;
}
