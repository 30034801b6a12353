/**
 * `dragoman/zmq`: ZeroMQ sockets in TypeScript, without a native module, with the API of zeromq.js 6.
 *
 *     import { Push } from 'dragoman/zmq';
 *     await using push = new Push();
 *     push.connect('tcp://127.0.0.1:5555');
 *     await push.send(['two', 'frames']);
 */
export { Context, type ContextOptions, context } from './context.ts';
export { ZmqError, type ZmqErrorCode } from './errors.ts';
export type { AuthError, ErrnoError, Event, EventOfType, EventType, ProtoError } from './events.ts';
export type { Message, MessageLike } from './message.ts';
export type { Observer } from './observer.ts';
export { MessageProxy as Proxy } from './proxy.ts';
export type { Authenticate, AuthenticationAnswer, AuthenticationRequest } from './settings.ts';
export { type CloseOptions, Socket, type SocketOptions } from './socket.ts';
export { Pair } from './sockets/pair.ts';
export { Pull, Push } from './sockets/pipeline.ts';
export { Publisher, Subscriber, XPublisher, XSubscriber } from './sockets/publish-subscribe.ts';
export { Reply, Request } from './sockets/request-reply.ts';
export { Dealer, Router, type RouterConnectOptions } from './sockets/routing.ts';
export type { WaitOptions } from './waiter.ts';
