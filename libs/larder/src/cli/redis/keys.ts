import { type FoundIds, findIds } from '../../cache/shared-tier/search.js';
import type { Environment } from '../../options/option.js';
import { demandAtMost, parseArguments, wholeNumber } from '../arguments.js';
import { withSharedCache } from '../shared-cache/shared-cache.js';
import { describeEntries, type StoredEntry } from '../shared-cache/stored-entries.js';
import type { Terminal } from '../terminal.js';
import { columns, figure, plural, size, time } from '../text.js';

const MAX_LIMIT = 10_000;
const DEFAULT_LIMIT = 100;

const USAGE = `npx nest-larder keys [pattern] [options]

  Lists the entries in Redis whose key matches a pattern, such as 'tournaments:*' (* stands for any text; default: all). Entries that
  only the memory of a process has are not listed. Searches every master with SCAN, for at most 5 s, and writes nothing.

  --limit <n>  the most entries, up to ${MAX_LIMIT}; default ${DEFAULT_LIMIT}
  --json       prints the entries as JSON
  --help       prints this text

  The exit code is 0, 1 if Redis does not answer, and 2 for an invalid command line or environment.
`;

/** Runs `nest-larder keys`. */
export async function keys(argv: readonly string[], env: Environment, terminal: Terminal): Promise<number> {
  const parsed = parseArguments(argv, { limit: 'text' }, USAGE, terminal);
  if (parsed === undefined) return 0;
  const { values, others } = parsed;
  demandAtMost(1, others);
  const glob = others[0] || '*';
  const limit = wholeNumber('--limit', values.limit, DEFAULT_LIMIT, MAX_LIMIT);
  await withSharedCache(env, async (cache) => {
    const found = await findIds(cache.tier, glob, limit);
    const entries = await describeEntries(cache, [...found.ids].sort());
    terminal.print(
      values.json
        ? JSON.stringify({ entries, isComplete: found.stoppedBy === undefined }, undefined, 2)
        : pageOf(entries, found, limit),
    );
  });
  return 0;
}

function pageOf(entries: readonly StoredEntry[], { stoppedBy }: FoundIds, limit: number): string {
  const rows = entries.map(({ id, age, ttl, bytes }) => [
    figure(time(age)),
    figure(ttl === null ? 'never' : ttl <= 0 ? 'expired' : time(ttl)),
    figure(size(bytes)),
    id,
  ]);
  const lines = rows.length > 0 ? [columns(['age', 'expires in', 'size', 'key'], rows), ''] : [];
  return [...lines, summaryOf(entries.length, stoppedBy, limit)].join('\n');
}

function summaryOf(found: number, stoppedBy: FoundIds['stoppedBy'], limit: number): string {
  switch (stoppedBy) {
    case 'limit':
      return `There are more than ${limit}. Name a narrower pattern, or raise --limit.`;
    case 'time':
      return `${plural(found, 'entry', 'entries')} so far. The search took longer than 5 s and was stopped; there may be more.`;
    case undefined:
      return `${plural(found, 'entry', 'entries')}.`;
  }
}
