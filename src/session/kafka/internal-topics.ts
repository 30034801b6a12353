/**
 * Internal topics: what Kafka keeps in topics of its own is in the journal here. The one that clients know of is there
 * all the same, under its name and empty:
 *
 *   __consumer_offsets   from the first question for a group's coordinator on, as in Kafka; tools look for it, and
 *                        patterns leave it out because Metadata says that it is internal
 *   __cluster_metadata   no topic, and nobody can make one of that name; see broker-settings.ts
 *
 * The exchange of an internal topic is internal, so nobody publishes to it, whatever protocol he speaks.
 */
import { CoreError } from '../../core/errors.ts';
import type { Exchange } from '../../core/exchange.ts';
import type { Namespace } from '../../core/namespace.ts';
import type { Topic } from '../../core/topic.ts';
import { NO_ARGUMENTS, type Table } from '../../core/value.ts';

export const OFFSETS_TOPIC = '__consumer_offsets';
export const CLUSTER_TOPIC = '__cluster_metadata';

/** As it is described: only what was committed last counts. */
const OFFSETS_SETTINGS = new Map([['cleanup.policy', 'compact']]);

/** The topic, made where it is missing; undefined if something else has its name already. */
export function offsetsTopic(namespace: Namespace): Topic | undefined {
  const known = namespace.topics.byName.get(OFFSETS_TOPIC);
  if (known !== undefined) return known;
  const exchange = internalExchange(namespace, OFFSETS_TOPIC);
  return exchange && namespace.topics.keep(exchange, 1, { settings: OFFSETS_SETTINGS });
}

/** The exchange of that name; undefined if there is one that everybody may publish to. */
export function internalExchange(namespace: Namespace, name: string, args: Table = NO_ARGUMENTS): Exchange | undefined {
  const request = { name, type: 'topic', durable: true, internal: true, arguments: args, compared: [] };
  try {
    return namespace.declareExchange(request);
  } catch (error) {
    if (error instanceof CoreError) return undefined;
    throw error;
  }
}
