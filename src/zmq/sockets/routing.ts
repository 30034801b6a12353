/** Dealer and Router: requests and replies without taking turns, and with the peer named. */
import { DealerPattern } from '../patterns/dealer.ts';
import { RouterPattern } from '../patterns/router.ts';
import { CORE, DuplexSocket, defineOptions, type SocketOptions } from '../socket.ts';

export class Dealer extends DuplexSocket {
  declare conflate: boolean;
  declare probeRouter: boolean;
  declare routingId: string | null;

  constructor(options?: SocketOptions<Dealer>) {
    super('DEALER', options, (host, settings) => new DealerPattern(host, settings));
  }
}

export interface RouterConnectOptions {
  /** The name by which the peer at this address is to be known, before it has said its own. */
  readonly routingId?: string;
}

export class Router extends DuplexSocket {
  declare handover: boolean;
  declare mandatory: boolean;
  declare probeRouter: boolean;
  declare routingId: string | null;

  constructor(options?: SocketOptions<Router>) {
    super('ROUTER', options, (host, settings) => new RouterPattern(host, settings));
  }

  override connect(address: string, options: RouterConnectOptions = {}): void {
    this[CORE].connect(address, options.routingId ?? null);
  }
}

defineOptions(Dealer, ['conflate', 'probeRouter', 'routingId']);
defineOptions(Router, ['handover', 'mandatory', 'probeRouter', 'routingId']);
