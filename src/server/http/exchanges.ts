/**
 * /api/exchanges: all of them, those of a vhost, or one. The default exchange has no name; in a path it is
 * `amq.default`.
 */
import type { Exchange } from '../../core/exchange.ts';
import { NotFound, namespacesOf, plainTable, type Resource } from './resource.ts';

const DEFAULT_IN_PATHS = 'amq.default';

export const exchanges: Resource = (view, selection) => {
  const namespaces = namespacesOf(view, selection);
  const [namespace] = namespaces;
  if (selection.name === undefined || namespace === undefined) {
    return namespaces.flatMap(({ name, exchanges: all }) =>
      [...all.values()].map((exchange) => describe(name, exchange)),
    );
  }
  const exchange = namespace.exchanges.get(selection.name === DEFAULT_IN_PATHS ? '' : selection.name);
  if (exchange === undefined) throw new NotFound();
  return describe(namespace.name, exchange);
};

function describe(vhost: string, exchange: Exchange) {
  return {
    name: exchange.name,
    vhost,
    type: exchange.type,
    durable: exchange.durable,
    auto_delete: exchange.autoDelete,
    internal: exchange.internal,
    arguments: plainTable(exchange.arguments),
  };
}
