import { LarderOptionsError } from '../../base/errors.js';
import type { EntryInfo } from '../../cache/reads/inspector.js';
import type { InvalidationReport } from '../../cache/writes/bulk-invalidation.js';
import { type Pattern, Tag } from '../../keys/target.js';
import { LarderCommandError } from '../command-error.js';
import type { AdminRoutes } from './admin-routes.js';

/** A part of a path that is a plain text or a number. */
const PLAIN = /^[^%=&()[\],{}*]+$/;

/**
 * The entry of a key in a process: in its memory, or else in Redis.
 *
 * @param key a path of plain parts, or JSON
 * @throws LarderOptionsError for another path; LarderCommandError without an answer, or if nothing is stored
 */
export async function inspectAt(routes: AdminRoutes, key: string): Promise<EntryInfo> {
  const json = key.startsWith('[') ? key : JSON.stringify(plainKey(key));
  const found = (await routes.get(`inspect?key=${encodeURIComponent(json)}`)) as Partial<EntryInfo> | null;
  if (typeof found?.verdict !== 'string' || typeof found.reason !== 'string' || !Array.isArray(found.tags)) {
    throw new LarderCommandError(
      `${routes.url}/inspect does not answer with an entry`,
      'Let the route return cache.inspect(key) unchanged; docs/command-line.md shows it',
    );
  }
  // JSON has no Infinity: an entry that never expires.
  return { ...(found as EntryInfo), ttl: found.ttl ?? Number.POSITIVE_INFINITY };
}

function plainKey(path: string): readonly string[] {
  const parts = path.split(':');
  if (parts.every((part) => PLAIN.test(part))) return parts;
  throw new LarderOptionsError([`'${path}' has parts that are no plain texts; with --url, write the key as JSON`]);
}

interface RemoteTarget {
  readonly pattern?: unknown;
  readonly tag?: unknown;
}

/**
 * Lets a process invalidate paths, patterns and tags.
 *
 * @throws LarderCommandError without an answer that says what became of each
 */
export async function invalidateAt(
  routes: AdminRoutes,
  targets: readonly (Pattern | Tag)[],
): Promise<InvalidationReport> {
  const tags = targets.flatMap((one) => (one instanceof Tag ? [one.name] : []));
  const patterns = targets.flatMap((one) => (one instanceof Tag ? [] : [one.glob]));
  const answers: unknown[] = [];
  for await (const answer of routes.post('invalidate', { tags, patterns })) answers.push(answer);
  const { delivered, undelivered, failed, skipped } = (answers[0] ?? {}) as Record<keyof InvalidationReport, unknown>;
  if (typeof delivered !== 'number' || ![undelivered, failed, skipped].every(Array.isArray)) {
    throw new LarderCommandError(
      `${routes.url}/invalidate does not answer with the report of an invalidation`,
      'docs/command-line.md shows the route',
    );
  }
  const named = (one: RemoteTarget) =>
    targets.filter((target) => (target instanceof Tag ? one.tag === target.name : one.pattern === target.glob));
  return {
    delivered,
    undelivered: (undelivered as RemoteTarget[]).flatMap(named),
    failed: (failed as { target: RemoteTarget; error: unknown }[]).flatMap(({ target, error }) =>
      named(target ?? {}).map((one) => ({ target: one, error: String(error) })),
    ),
    skipped: (skipped as RemoteTarget[]).flatMap(named),
  };
}
