import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { Client, Pool } from 'pg';
import { ASK_FACTS } from '../../../libs/larder/src/dependencies/observation/session-facts.js';
import { UNOBSERVED } from '../../../libs/larder/src/postgres/unobserved.js';

/** The statements that one piece of work has sent so far. */
interface Count {
  readonly id: string;
  readonly statements: string[];
}

/**
 * The change feed and side doors have other application names. Larder marks connections of the pool while it uses them for itself, and
 * asks each for its settings in front of a query of a load.
 */
const APPLICATION = 'arena';
const HEADER = 'x-counted-by';
const REQUEST_START = 'http.server.request.start';
/** Every view of a dashboard is noted, cached or not, after its answer. */
const NOTE_OF_VIEW = /"dashboard_looks" \(user_id\)/;

let statements = 0;
const counts = new Map<string, Count>();
const current = new AsyncLocalStorage<Count | undefined>();

/** The statements that the work and its requests send, transactions too, and no other work at the same time. */
export async function statementsCausedBy(work: () => Promise<unknown>): Promise<readonly string[]> {
  const count: Count = { id: crypto.randomUUID(), statements: [] };
  // Not longer than needed: other specs of the same worker have servers too.
  if (counts.size === 0) subscribe(REQUEST_START, countRequest);
  counts.set(count.id, count);
  try {
    await current.run(count, work);
  } finally {
    counts.delete(count.id);
    if (counts.size === 0) unsubscribe(REQUEST_START, countRequest);
  }
  return [...count.statements];
}

/** The number of statements that arena sends until the work has ended, caused by it or not. */
export async function statementsDuring(work: () => Promise<unknown>): Promise<number> {
  const before = statements;
  await work();
  return statements - before;
}

/** Tells the server of a request whose count its statements belong to. */
export function countedHeader(): Record<string, string> {
  const count = current.getStore();
  return count === undefined ? {} : { [HEADER]: count.id };
}

/** A connection's requests share one asynchronous context, so each of them sets its own count. */
function countRequest(message: unknown): void {
  const { request } = message as { request: IncomingMessage };
  current.enterWith(counts.get(String(request.headers[HEADER])));
}

const { query } = Client.prototype;
Client.prototype.query = function (this: Client, ...parameters: unknown[]) {
  const text = textOf(parameters[0]);
  if (isOfApplication(this) && text !== ASK_FACTS) {
    statements++;
    if (!NOTE_OF_VIEW.test(text)) current.getStore()?.statements.push(text);
  }
  return Reflect.apply(query, this, parameters);
} as typeof query;

// A pool without a free connection would call back in the context of the caller that returns one. The method is looked up at each
// call: Larder puts its own in place of it.
const pools = Object.getPrototypeOf(Pool.prototype) as Pool;
Pool.prototype.connect = function (this: Pool, ...[callback]: [((...results: unknown[]) => void)?]) {
  return Reflect.apply(pools.connect, this, callback === undefined ? [] : [AsyncResource.bind(callback)]);
} as typeof pools.connect;

function textOf(query: unknown): string {
  return typeof query === 'object' && query !== null && 'text' in query ? String(query.text) : String(query);
}

function isOfApplication(client: Client): boolean {
  if (UNOBSERVED in client) return false;
  const { application_name } = (client as unknown as { connectionParameters: { application_name?: string } })
    .connectionParameters;
  return application_name === APPLICATION;
}
