import type { Engine } from '../../cache/engine.js';
import { preview } from '../../cache/shared-tier/preview.js';
import { coverageOf, type NamedTarget } from '../../keys/named-target.js';
import { Tag } from '../../keys/target.js';

/** How many entries an invalidation would cover. */
export interface MatchCount {
  /** In the memory of this process. */
  readonly memory: number;
  /** In Redis; `null` without Redis, or if it did not answer. */
  readonly redis: number | null;
  /** Whether every entry was looked at; if not, there may be more. */
  readonly isComplete: boolean;
  readonly examples: readonly string[];
}

const MAX_EXAMPLES = 10;
const MAX_WALK = 200_000;

/** Counts what targets cover. Changes nothing. */
export async function countMatches({ context, tier }: Engine, targets: readonly NamedTarget[]): Promise<MatchCount> {
  const coverages = targets.flatMap((target) => coverageOf(target) ?? []);
  const tags = new Set(targets.flatMap((target) => (target instanceof Tag ? [target.name] : [])));
  const examples = new Set<string>();
  let memory = 0;
  let walked = 0;
  for (const entry of context.store.entries()) {
    if (++walked > MAX_WALK) break;
    const isCovered = coverages.some(({ covers }) => covers(entry.id)) || entry.tags.some((tag) => tags.has(tag));
    if (!isCovered) continue;
    memory++;
    if (examples.size < MAX_EXAMPLES) examples.add(entry.id);
  }
  const shared = await (tier === undefined ? undefined : preview(tier, targets).catch(() => undefined));
  for (const id of shared?.examples ?? []) if (examples.size < MAX_EXAMPLES) examples.add(id);
  return {
    memory,
    redis: shared?.total ?? null,
    isComplete: walked <= MAX_WALK && (tier === undefined || shared?.isComplete === true),
    examples: [...examples].sort(),
  };
}
