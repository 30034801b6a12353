/**
 * Binding: "what matches at this exchange goes there too". The target is a queue or another exchange.
 *
 * A binding is known by everything it consists of, so binding twice is one binding. It hangs on both its ends: on
 * the source, which matches by it, and on the target, which takes it along when it is deleted.
 */
import type { BindingDefinition, TargetKind } from './definition.ts';
import { bindingIdentity } from './definition-set.ts';
import type { Table } from './value.ts';

/** A queue or an exchange, as an end of a binding. */
export interface Endpoint {
  readonly kind: TargetKind;
  readonly name: string;
  readonly durable: boolean;
  /** The bindings that lead here. */
  readonly incoming: Set<Binding>;
  /** The last visit of a routing that came by: nothing is visited twice. Owned by the router. */
  visit: number;
}

export class Binding {
  readonly source: Endpoint;
  readonly target: Endpoint;
  readonly key: string;
  readonly arguments: Table;
  readonly identity: string;

  constructor(source: Endpoint, target: Endpoint, key: string, args: Table) {
    this.source = source;
    this.target = target;
    this.key = key;
    this.arguments = args;
    this.identity = bindingIdentity({
      source: source.name,
      targetKind: target.kind,
      target: target.name,
      key,
      arguments: args,
    });
  }

  /** It survives a restart only if both of its ends do. */
  get durable(): boolean {
    return this.source.durable && this.target.durable;
  }

  definition(namespace: string, kind: BindingDefinition['kind']): BindingDefinition {
    return {
      kind,
      namespace,
      source: this.source.name,
      targetKind: this.target.kind,
      target: this.target.name,
      key: this.key,
      arguments: this.arguments,
    };
  }
}
