/** Request and Reply: questions and answers, strictly in turn. */
import { ReplyPattern } from '../patterns/reply.ts';
import { RequestPattern } from '../patterns/request.ts';
import { DuplexSocket, defineOptions, type SocketOptions } from '../socket.ts';

export class Request extends DuplexSocket {
  declare correlate: boolean;
  declare probeRouter: boolean;
  declare relaxed: boolean;
  declare routingId: string | null;

  constructor(options?: SocketOptions<Request>) {
    super('REQ', options, (host, settings) => new RequestPattern(host, settings));
  }
}

export class Reply extends DuplexSocket {
  declare routingId: string | null;

  constructor(options?: SocketOptions<Reply>) {
    super('REP', options, (host) => new ReplyPattern(host));
  }
}

defineOptions(Request, ['correlate', 'probeRouter', 'relaxed', 'routingId']);
defineOptions(Reply, ['routingId']);
