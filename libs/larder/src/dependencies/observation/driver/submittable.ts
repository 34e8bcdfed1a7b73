import type { Submittable } from './pg-parts.js';

const HANDLERS = [
  'handleRowDescription',
  'handleDataRow',
  'handlePortalSuspended',
  'handleCommandComplete',
  'handleEmptyQuery',
  'handleReadyForQuery',
  'handleError',
];

/** Calls `before` before a method of one object, which later versions of it inherit. */
export function before(object: Record<string, unknown>, name: string, work: () => void): void {
  const method = object[name];
  if (typeof method !== 'function') return;
  object[name] = function (this: unknown, ...given: unknown[]) {
    work();
    return method.apply(this, given);
  };
}

/**
 * Binds what a query does with the messages of the server (rule 1). Row events are among it: they run where the socket was
 * created, not where the query was sent.
 */
export function bindHandlers(query: Submittable, bind: (work: (...given: unknown[]) => unknown) => unknown): void {
  for (const name of HANDLERS) {
    const handler = query[name];
    if (typeof handler === 'function') query[name] = bind(handler as (...given: unknown[]) => unknown);
  }
}

/** The objects from which rows of a query are read later: cursors, and streams around one. */
export function readersOf(query: Submittable): Record<string, unknown>[] {
  return [query, query.cursor].filter((part) => typeof part?.read === 'function') as Record<string, unknown>[];
}
