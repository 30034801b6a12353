/**
 * Services: a Majordomo service is a durable queue of the same name, and a request is a message in it. So a request
 * waits for a worker across restarts, everybody may publish requests, and workers are consumers.
 *
 * `mmi.service` tells whether a service has anyone who works for it (RFC 8).
 */
import { CoreError } from '../../../core/errors.ts';
import type { Queue } from '../../../core/queue.ts';
import { NO_ROUTE, NOT_IMPLEMENTED, OK } from '../errors.ts';
import { zmtpLimits } from '../limits.ts';
import { queueOf, type ZmtpNode } from '../node.ts';
import { Publication } from '../stored-message.ts';

const INTERNAL_PREFIX = 'mmi.';
const IS_SERVED = 'mmi.service';

export class Services {
  readonly #node: ZmtpNode;
  readonly #publication = new Publication();
  /** Brought about by peers. */
  #made = 0;

  constructor(node: ZmtpNode) {
    this.#node = node;
  }

  /** null: no such service, and there will be none. */
  queue(service: string): Queue | null {
    if (service === '' || service.startsWith(INTERNAL_PREFIX)) return null;
    const isNew = !this.#node.namespace.queues.has(service);
    if (isNew && this.#made >= zmtpLimits.servicesMax) return null;
    try {
      const queue = queueOf(this.#node, service);
      if (isNew) this.#made++;
      return queue;
    } catch (error) {
      // A reserved or overlong name, or somebody's exclusive queue.
      if (error instanceof CoreError) return null;
      throw error;
    }
  }

  /** Stores a request; its body is the frames from `from` on. False if there can be no such service. */
  request(service: string, requester: Uint8Array, frames: readonly Buffer[], from: number): boolean {
    if (this.queue(service) === null) return false;
    const { namespace, broker } = this.#node;
    const message = this.#publication.point('', service, false, requester, frames, from, broker.clock.now);
    namespace.defaultExchange.route(service, null).publish(message);
    return true;
  }

  /** The answer to a request to the broker itself; null for a service of others. */
  ownReply(service: string, about: string): string | null {
    if (!service.startsWith(INTERNAL_PREFIX)) return null;
    if (service !== IS_SERVED) return NOT_IMPLEMENTED;
    const queue = this.#node.namespace.queues.get(about);
    return queue !== undefined && queue.consumerCount > 0 ? OK : NO_ROUTE;
  }
}
