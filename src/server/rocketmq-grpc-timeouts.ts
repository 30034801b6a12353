/**
 * Time limits of calls that are too long for a timer.
 *
 * A client's `grpc-timeout` may be 99,999,999 hours, and the clients for Java and Go do say such things on the stream
 * that they keep open. grpc-js counts a limit in 32 bits of milliseconds, so one of more than 24.8 days is over before
 * it began. Here such a limit is taken away before grpc-js sees it: no connection lives that long.
 */
import type { Http2Server, IncomingHttpHeaders } from 'node:http2';
import type { Server, ServerCredentials } from '@grpc/grpc-js';

const TIMEOUT = /^(\d{1,8})([HMSmun])$/;
const UNIT_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 };
const TIMER_MS_MAX = 2 ** 31 - 1;

/** What there is inside; it has no door of its own. */
interface Inner {
  createHttp2Server(credentials: ServerCredentials): Http2Server;
}

export function withoutEndlessTimeouts(server: Server): Server {
  const inner = server as unknown as Inner;
  const create = inner.createHttp2Server.bind(server);
  inner.createHttp2Server = (credentials) =>
    create(credentials).prependListener('stream', (_stream, headers) => dropEndlessTimeout(headers));
  return server;
}

export function dropEndlessTimeout(headers: IncomingHttpHeaders): void {
  const [, count = '0', unit = 'n'] = TIMEOUT.exec(String(headers['grpc-timeout'] ?? '')) ?? [];
  if (Number(count) * (UNIT_MS[unit] ?? 0) > TIMER_MS_MAX) delete headers['grpc-timeout'];
}
