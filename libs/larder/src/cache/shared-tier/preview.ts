import { coverageOf, type NamedTarget } from '../../keys/named-target.js';
import { Tag } from '../../keys/target.js';
import { parseEntry } from './entry-format.js';
import { findIds } from './search.js';
import type { Tier } from './tier.js';

/** The most entries that are searched by their ids, and the most whose tags are read. */
const MAX_IDS = 100_000;
const MAX_READ = 10_000;
/** Entries that are read in one step. */
const STEP = 100;
const MAX_EXAMPLES = 10;

/** What an invalidation would cover in the shared tier. */
export interface Preview {
  /** Covered entries, by target. */
  readonly counts: readonly number[];
  /** Covered entries, each once. */
  readonly total: number;
  /** Ids of some of them. */
  readonly examples: readonly string[];
  /** Whether every entry there was looked at. If not, the counts are lower bounds. */
  readonly isComplete: boolean;
}

/** Counts the entries in the shared tier that targets cover. Writes nothing. */
export async function preview(tier: Tier, targets: readonly NamedTarget[]): Promise<Preview> {
  const coverages = targets.map(coverageOf);
  const hasTags = coverages.includes(undefined);
  const glob = targets.length === 1 ? (coverages[0]?.glob ?? '*') : '*';
  const isCovered = (id: string) => coverages.some((one) => one?.covers(id));
  const found = await findIds(tier, glob, hasTags ? MAX_READ : MAX_IDS, hasTags ? undefined : isCovered);
  const tags = hasTags ? await tagsOf(tier, found.ids) : new Map<string, readonly string[]>();
  const counts = targets.map(() => 0);
  const covered: string[] = [];
  for (const id of found.ids) {
    const by = targets.map((target, index) =>
      target instanceof Tag ? (tags.get(id)?.includes(target.name) ?? false) : coverages[index]?.covers(id),
    );
    if (by.includes(true)) covered.push(id);
    by.forEach((covers, index) => {
      if (covers) counts[index] = (counts[index] as number) + 1;
    });
  }
  const examples = covered.slice(0, MAX_EXAMPLES).sort();
  return { counts, total: covered.length, examples, isComplete: found.stoppedBy === undefined };
}

async function tagsOf(tier: Tier, ids: readonly string[]): Promise<Map<string, readonly string[]>> {
  const tags = new Map<string, readonly string[]>();
  for (let start = 0; start < ids.length; start += STEP) {
    const portion = ids.slice(start, start + STEP);
    const found = await tier.getMany(portion);
    portion.forEach((id, index) => {
      const bytes = found[index];
      const entry = bytes === undefined ? undefined : parseEntry(id, bytes);
      if (entry !== undefined) tags.set(id, entry.header.tags);
    });
  }
  return tags;
}
