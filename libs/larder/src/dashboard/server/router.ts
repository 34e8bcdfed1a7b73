import type { ServerResponse } from 'node:http';
import type { Clock } from '../../base/clock.js';
import type { Access, User } from '../gate/access.js';
import { isFromPage } from '../gate/origin.js';
import { RateLimit } from '../gate/rate-limit.js';
import { bodyOf, HttpProblem, type Incoming, send, sendJson } from './exchange.js';

/** Reads something. */
export type Query = (parameters: URLSearchParams) => Promise<unknown>;

/** Does something, which the list of actions then names. */
export type Command = (body: Readonly<Record<string, unknown>>, user: User) => Promise<unknown>;

/** The files of the page. */
export interface PageFiles {
  readonly html: string;
  readonly script: string;
  readonly style: string;
}

export interface RouterParts {
  /** Where the page is. */
  readonly path: string;
  readonly access: Access;
  readonly clock: Clock;
  readonly files: () => Promise<PageFiles>;
  readonly queries: Readonly<Record<string, Query>>;
  readonly commands: Readonly<Record<string, Command>>;
  /** Keeps a response open, and sends figures; `false` if there are too many pages. */
  readonly live: (response: ServerResponse) => boolean;
}

/** Actions of one user per minute, and queries: a page sends some twenty. */
const MAX_ACTIONS = 30;
const MAX_QUERIES = 600;

/** Answers all requests below the path of the dashboard. */
export class Router {
  readonly #parts: RouterParts;
  readonly #actions: RateLimit;
  readonly #queries: RateLimit;

  constructor(parts: RouterParts) {
    this.#parts = parts;
    this.#actions = new RateLimit(MAX_ACTIONS, parts.clock);
    this.#queries = new RateLimit(MAX_QUERIES, parts.clock);
  }

  /** Never rejects. */
  async answer(request: Incoming, response: ServerResponse): Promise<void> {
    try {
      await this.#route(request, response);
    } catch (error) {
      const status = error instanceof HttpProblem ? error.status : 500;
      if (response.headersSent) response.end();
      else sendJson(response, status, { problem: (error as Error).message });
    }
  }

  async #route(request: Incoming, response: ServerResponse): Promise<void> {
    const { path, files } = this.#parts;
    const url = new URL(request.originalUrl ?? request.url ?? '/', 'http://localhost');
    const rest = url.pathname.slice(path.length);
    const method = request.method ?? 'GET';
    if (rest.startsWith('/api/'))
      return this.#api(rest.slice('/api/'.length), method, request, response, url.searchParams);
    if (method !== 'GET' && method !== 'HEAD') throw new HttpProblem(405, 'There is nothing to change here.');
    // Relative, so that it works behind a proxy that takes off a prefix.
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (rest === '') return send(response, 302, 'text/plain', '', { Location: `${name}/${url.search}` });
    // The files say nothing about the application; without them no user could sign in.
    const { html, script, style } = await files();
    switch (rest) {
      case '/':
        return send(response, 200, 'text/html; charset=utf-8', html);
      case '/page.js':
        return send(response, 200, 'text/javascript; charset=utf-8', script);
      case '/page.css':
        return send(response, 200, 'text/css; charset=utf-8', style);
      default:
        throw new HttpProblem(404, 'There is no such page.');
    }
  }

  async #api(
    name: string,
    method: string,
    request: Incoming,
    response: ServerResponse,
    parameters: URLSearchParams,
  ): Promise<void> {
    const { access, path, queries, commands, live } = this.#parts;
    if (method === 'POST' && !isFromPage(request)) {
      throw new HttpProblem(
        403,
        'This request comes from another site. Use the page itself, or send the token as a bearer token.',
      );
    }
    if (method === 'POST' && name === 'sign-in') return this.#signIn(request, response);
    const user = await access.check(request);
    if ('status' in user) return sendJson(response, user.status, { problem: user.problem, hasToken: access.hasToken });
    const caller = `${user.name} ${request.socket.remoteAddress}`;
    if (method === 'POST') {
      if (name === 'sign-out') return sendJson(response, 200, {}, { 'Set-Cookie': access.signOut(path) });
      const command = own(commands, name);
      if (!this.#actions.use(caller))
        throw new HttpProblem(429, `More than ${MAX_ACTIONS} actions in a minute. Wait a minute.`);
      return sendJson(response, 200, await command(await bodyOf(request), user));
    }
    if (method !== 'GET') throw new HttpProblem(405, 'Use GET or POST.');
    if (name === 'user') return sendJson(response, 200, { ...user, hasToken: access.hasToken });
    if (!this.#queries.use(caller)) throw new HttpProblem(429, 'Too many requests. Wait a minute.');
    if (name === 'live') {
      if (!live(response)) throw new HttpProblem(503, 'Too many pages are open in this process.');
      return;
    }
    sendJson(response, 200, await own(queries, name)(parameters));
  }

  async #signIn(request: Incoming, response: ServerResponse): Promise<void> {
    const { token, name } = await bodyOf(request);
    const outcome = this.#parts.access.signIn(request, String(token ?? ''), String(name ?? ''), this.#parts.path);
    if (typeof outcome !== 'string') return sendJson(response, outcome.status, { problem: outcome.problem });
    sendJson(response, 200, {}, { 'Set-Cookie': outcome });
  }
}

function own<Route>(routes: Readonly<Record<string, Route>>, name: string): Route {
  if (Object.hasOwn(routes, name)) return routes[name] as Route;
  throw new HttpProblem(404, 'There is no such route.');
}
