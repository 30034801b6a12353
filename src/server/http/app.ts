/**
 * The HTTP application: which path leads where, and who may ask.
 *
 *   request ─▶ Host and Origin ─▶ /health, /metrics            open: probes and scrapers carry no credentials
 *                             └─▶ /api/... ─▶ basic auth ─▶ route
 *
 * Answers have RabbitMQ's shape, errors too: `{"error": ..., "reason": ...}`. Who reads needs a tag, who changes
 * something must be an administrator.
 */
import type { RequestListener } from 'node:http';
import { type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import type { User } from '../credentials.ts';
import { serverLimits } from '../limits.ts';
import type { View } from '../view.ts';
import type { Action, Place } from './action.ts';
import { authorize } from './authorization.ts';
import { compensate } from './compensations.ts';
import { connections } from './connections.ts';
import { exchanges } from './exchanges.ts';
import { health } from './health.ts';
import { metrics } from './metrics.ts';
import { originAllowed } from './origin.ts';
import { overview, whoami } from './overview.ts';
import { queues } from './queues.ts';
import { NotFound, type Resource, type Selection } from './resource.ts';
import { cancel, check, commit, rollback, transactions } from './transactions.ts';

const OTHER_METHODS = ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/** By path under /api; a parameter that is missing selects everything. */
const resources: Readonly<Record<string, Resource>> = {
  '/overview': overview,
  '/whoami': whoami,
  '/exchanges': exchanges,
  '/exchanges/:vhost': exchanges,
  '/exchanges/:vhost/:name': exchanges,
  '/queues': queues,
  '/queues/:vhost': queues,
  '/queues/:vhost/:name': queues,
  '/connections': connections,
  '/transactions': transactions,
  '/transactions/:vhost': transactions,
  '/transactions/:vhost/:name': transactions,
};

/** What is posted. */
const actions: Readonly<Record<string, Action>> = {
  '/transactions/:vhost/:offset/commit': commit,
  '/transactions/:vhost/:offset/rollback': rollback,
  '/transactions/:vhost/:offset/check': check,
  '/transactions/:vhost/:offset/cancel': cancel,
  '/compensations/:vhost': compensate,
};

export async function buildApp(view: View): Promise<RequestListener> {
  const app = fastify({ bodyLimit: serverLimits.requestBodyBytesMax, exposeHeadRoutes: true });

  app.addHook('onRequest', async (request, reply) => {
    if (!originAllowed(request.headers, view)) return refuse(reply, 403, 'forbidden', 'Host or Origin not allowed');
  });
  app.setNotFoundHandler((_request, reply) => refuse(reply, 404, 'Object Not Found', 'Not Found'));
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    if (error instanceof NotFound) return refuse(reply, 404, 'Object Not Found', 'Not Found');
    const status = error.statusCode ?? 500;
    if (status < 500) return refuse(reply, status, 'bad_request', error.message);
    view.options.log.error('request failed', { url: request.url, error: String(error.stack) });
    return refuse(reply, 500, 'internal_error', 'Internal Server Error');
  });

  const readOnly = (path: string, answer: (request: FastifyRequest, reply: FastifyReply) => unknown) => {
    app.get(path, async (request, reply) => answer(request, reply));
    app.route({
      method: [...OTHER_METHODS],
      url: path,
      handler: (_request, reply) =>
        refuse(reply.header('allow', 'GET, HEAD'), 405, 'method_not_allowed', 'Method Not Allowed'),
    });
  };

  readOnly('/health', (_request, reply) => {
    const state = health(view);
    return reply.code(state.ready ? 200 : 503).send(state);
  });
  const scrape = metrics(view);
  readOnly('/metrics', async (_request, reply) => reply.type(scrape.contentType).send(await scrape.text()));
  const userOf = (request: FastifyRequest, reply: FastifyReply): User | null => {
    const user = authorize(view.credentials, request.headers.authorization, request.socket.remoteAddress ?? '');
    if (user !== null && user.tags.length > 0) return user;
    if (user === null) reply.header('www-authenticate', 'Basic realm="Dragoman"');
    refuse(reply, 401, 'not_authorized', user === null ? 'Login failed' : 'Not management user');
    return null;
  };
  for (const [path, resource] of Object.entries(resources)) {
    readOnly(`/api${path}`, (request, reply) => {
      const user = userOf(request, reply);
      if (user === null) return reply;
      const selection: Selection = { ...(request.query as object), ...(request.params as object) };
      return resource(view, selection, user);
    });
  }
  for (const [path, action] of Object.entries(actions)) {
    app.post(`/api${path}`, async (request, reply) => {
      const user = userOf(request, reply);
      if (user === null) return reply;
      if (!user.tags.includes('administrator')) return refuse(reply, 401, 'not_authorized', 'Not administrator user');
      view.loop.enter();
      return action(view, request.params as Place, request.body);
    });
    app.route({
      method: ['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
      url: `/api${path}`,
      handler: (_request, reply) =>
        refuse(reply.header('allow', 'POST'), 405, 'method_not_allowed', 'Method Not Allowed'),
    });
  }
  await app.ready();
  return (request, response) => app.routing(request, response);
}

function refuse(reply: FastifyReply, status: number, error: string, reason: string): FastifyReply {
  return reply.code(status).send({ error, reason });
}
