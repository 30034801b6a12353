/**
 * Temporaries: the temporary destinations that a connection has made. Others send to them, it alone receives from them,
 * and they end with it. Everybody hears of both, by an advisory.
 */
import type { StructureOf } from '../../wire/openwire/structures.ts';
import type { Temporary } from './advisories.ts';
import { namesOf } from './destination-structure.ts';
import { JMS_EXCEPTION, JmsError } from './exceptions.ts';
import { openwireLimits } from './limits.ts';
import type { Member, OpenWireNode } from './node.ts';

const ADD = 0;
const REMOVE = 1;

export class Temporaries {
  readonly #node: OpenWireNode;
  readonly #owner: Member;
  readonly #own = new Set<Temporary>();

  constructor(node: OpenWireNode, owner: Member) {
    this.#node = node;
    this.#owner = owner;
  }

  /** Making and deleting of any destination. One that lasts is made when it is used. */
  perform({ destination, operationType }: StructureOf<'DestinationInfo'>): void {
    if (destination === null) throw new JmsError(JMS_EXCEPTION, 'A destination is missing');
    for (const name of namesOf(destination)) {
      const { destinations, namespace, temporaries } = this.#node;
      if (operationType === ADD && name.isTemporary) this.#add({ name, connectionId: this.#owner.connectionId });
      else if (operationType === ADD && name.kind === 'queue') destinations.queue(name.name, this.#owner);
      else if (operationType === ADD) destinations.topic(name.name);
      else if (operationType === REMOVE) {
        const temporary = temporaries.get(name.name);
        if (temporary !== undefined) this.#remove(temporary);
        else if (name.kind === 'queue') namespace.deleteQueue(name.name, this.#owner, { ifUnused: true });
        else namespace.deleteExchange(name.name, true);
      }
    }
  }

  end(): void {
    for (const temporary of [...this.#own]) this.#remove(temporary);
  }

  #add(temporary: Temporary): void {
    const { destinations, temporaries, advisories } = this.#node;
    const { kind, name } = temporary.name;
    if (temporaries.has(name)) return;
    if (this.#own.size >= openwireLimits.temporariesMax) {
      throw new JmsError(JMS_EXCEPTION, `More than ${openwireLimits.temporariesMax} temporary destinations`);
    }
    if (kind === 'queue') destinations.temporaryQueue(name, this.#owner);
    else destinations.temporaryTopic(name);
    this.#own.add(temporary);
    temporaries.set(name, temporary);
    advisories.added(temporary);
  }

  #remove(temporary: Temporary): void {
    if (!this.#own.delete(temporary)) {
      throw new JmsError(JMS_EXCEPTION, `${temporary.name.name} belongs to another connection`);
    }
    const { namespace, temporaries, advisories } = this.#node;
    const { kind, name } = temporary.name;
    temporaries.delete(name);
    if (kind === 'queue') namespace.deleteQueue(name, null);
    else namespace.deleteExchange(name);
    advisories.removed(temporary);
  }
}
