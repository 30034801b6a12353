/**
 * Proxy: passes messages on between two sockets, both ways if both can send and receive, and shows them to a third.
 *
 * Its name for programs is `Proxy`. Messages go in bursts: all that is there, then the next ones. While one side has
 * no room nothing more is taken from the other, so what waits is limited by the high-water marks of the sockets.
 */
import { ZmqError } from './errors.ts';
import { CORE, type Socket } from './socket.ts';
import type { SocketCore } from './socket-core.ts';

const BURST_MAX = 1000;

export class MessageProxy<F extends Socket = Socket, B extends Socket = Socket> {
  readonly frontEnd: F;
  readonly backEnd: B;
  readonly capture: Socket | null;
  #run: Promise<void> | null = null;
  readonly #end = new AbortController();
  #paused: { readonly promise: Promise<void>; readonly resolve: () => void } | null = null;

  constructor(frontEnd: F, backEnd: B, capture: Socket | null = null) {
    this.frontEnd = frontEnd;
    this.backEnd = backEnd;
    this.capture = capture;
  }

  /** Resolves after `terminate`, with all sockets closed. */
  run(): Promise<void> {
    if (this.#run !== null) return Promise.reject(new ZmqError('EINVAL', 'The proxy runs already'));
    for (const [socket, name] of [[this.frontEnd, 'Front-end'] as const, [this.backEnd, 'Back-end'] as const]) {
      if (socket[CORE].attached) continue;
      return Promise.reject(new ZmqError('EINVAL', `${name} socket must be bound or connected`));
    }
    this.#run = this.#passBothWays();
    return this.#run;
  }

  pause(): void {
    this.#paused ??= Promise.withResolvers<void>();
  }

  resume(): void {
    this.#paused?.resolve();
    this.#paused = null;
  }

  /** Stops, and closes the sockets. */
  terminate(): void {
    this.#end.abort();
    this.resume();
  }

  async #passBothWays(): Promise<void> {
    const front = this.frontEnd[CORE];
    const back = this.backEnd[CORE];
    try {
      await Promise.all([this.#pass(front, back), this.#pass(back, front)]);
    } finally {
      this.#end.abort();
      await Promise.all([this.frontEnd.close(), this.backEnd.close(), this.capture?.close()]);
    }
  }

  async #pass(from: SocketCore, to: SocketCore): Promise<void> {
    if (!from.receives || !to.sends) return;
    const { signal } = this.#end;
    try {
      while (!signal.aborted) {
        const messages = await from.incoming.receiveMany(BURST_MAX, { signal });
        if (this.#paused !== null) await this.#paused.promise;
        await this.capture?.[CORE].outgoing.sendMany(messages, { signal });
        await to.outgoing.sendMany(messages, { signal });
      }
    } catch (error) {
      if (!signal.aborted && !from.closed && !to.closed) throw error;
    }
  }
}
