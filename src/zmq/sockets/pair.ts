/** Pair: two sockets that belong together. */
import { PairPattern } from '../patterns/pair.ts';
import { DuplexSocket, type SocketOptions } from '../socket.ts';

export class Pair extends DuplexSocket {
  constructor(options?: SocketOptions<Pair>) {
    super('PAIR', options, (host) => new PairPattern(host));
  }
}
