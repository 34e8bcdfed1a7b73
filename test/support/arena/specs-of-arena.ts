import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The end-to-end specs of arena, by what the audit can tell from them. Paths are relative to the repository. */
export interface SpecsOfArena {
  /** A value that one of these specs reads is stale only by a fault. */
  readonly audited: readonly string[];
  /** They turn the change feed off and change the database behind arena, which makes stale values on purpose. */
  readonly staleOnPurpose: readonly string[];
  /** The audited specs with an arena in their own process. */
  readonly inProcess: readonly string[];
}

export function specsOfArena(root: string): SpecsOfArena {
  const specs = readdirSync(join(root, 'test/e2e'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.spec.ts'))
    .map((name) => `test/e2e/${name}`)
    .sort();
  const sourceOf = (spec: string) => readFileSync(join(root, spec), 'utf8');
  const staleOnPurpose = specs.filter((spec) => sourceOf(spec).includes('changeFeed: false'));
  const audited = specs.filter((spec) => !staleOnPurpose.includes(spec));
  return { audited, staleOnPurpose, inProcess: audited.filter((spec) => sourceOf(spec).includes('runArena(')) };
}
