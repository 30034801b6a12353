/**
 * HttpListener: the port opens with the others, the web framework comes with the first request. So what it costs to
 * load (some 60 ms) is not part of the start, and a broker that nobody asks never pays for it.
 *
 *   start ─▶ node:http server, listening ─▶ first request ─▶ app (fastify, routes) built once ─▶ all requests
 */
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serverLimits } from '../limits.ts';
import { listen } from '../listener.ts';
import type { View } from '../view.ts';

// Not by `import`: that reads every export of the module, and one of them (WebSocket) then loads a whole HTTP client,
// 20 ms.
const { createServer } = process.getBuiltinModule('node:http');

export class HttpListener {
  readonly #view: View;
  readonly #server: Server;
  #app: Promise<RequestListener> | null = null;

  constructor(view: View) {
    this.#view = view;
    const settings = { maxHeaderSize: serverLimits.requestHeadBytesMax, requestTimeout: serverLimits.requestMs };
    this.#server = createServer(settings, (request, response) => this.#answer(request, response));
  }

  listen(host: string, port: number): Promise<AddressInfo> {
    return listen(this.#server, 'http', host, port);
  }

  /** No further requests; those under way are answered, idle connections are closed. */
  stop(): void {
    this.#server.close();
    this.#server.closeIdleConnections();
    setTimeout(() => this.#server.closeAllConnections(), serverLimits.farewellMs).unref();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.#app ??= Promise.all([import('./app.ts'), this.#view.loadFormats()]).then(([{ buildApp }]) =>
      buildApp(this.#view),
    );
    this.#app.then(
      (app) => app(request, response),
      (error: unknown) => {
        this.#view.options.log.error('the http listener could not be built', { error: String(error) });
        response.writeHead(500).end();
      },
    );
  }
}
