/**
 * Middleware: functions around every handler of a connection, the first one outermost.
 *
 *     mq.use(async (message, next) => {
 *       const started = performance.now();
 *       try { return await next(); } finally { record(message.source, performance.now() - started); }
 *     });
 */
import type { Message } from './received.ts';

/** Calls `next` to go on, or does not; what it returns is the reply, what it throws is the handler's failure. */
export type Middleware = (message: Message, next: () => Promise<unknown>) => Promise<unknown>;

/** The handler with all middleware around it. */
export function surrounded(
  middleware: readonly Middleware[],
  handle: (message: Message) => unknown,
): (message: Message) => unknown {
  if (middleware.length === 0) return handle;
  return (message) => {
    const step = async (at: number): Promise<unknown> => {
      const next = middleware[at];
      return next === undefined ? handle(message) : next(message, () => step(at + 1));
    };
    return step(0);
  };
}
