/** Push and Pull: work handed out to peers in turn, and taken in from all of them. */
import { PullPattern } from '../patterns/pull.ts';
import { PushPattern } from '../patterns/push.ts';
import { defineOptions, ReadableSocket, type SocketOptions, WritableSocket } from '../socket.ts';

export class Push extends WritableSocket {
  declare conflate: boolean;

  constructor(options?: SocketOptions<Push>) {
    super('PUSH', options, (host) => new PushPattern(host));
  }
}

export class Pull extends ReadableSocket {
  declare conflate: boolean;

  constructor(options?: SocketOptions<Pull>) {
    super('PULL', options, (host) => new PullPattern(host));
  }
}

defineOptions(Push, ['conflate']);
defineOptions(Pull, ['conflate']);
