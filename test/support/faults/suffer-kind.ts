import { setTimeout as delay } from 'node:timers/promises';
import { type Violation, violationsOf } from '../history/checker.js';
import type { Random } from '../history/random.js';
import { until } from '../until.js';
import type { FaultKind } from './kinds/kind.js';
import { Load } from './load.js';
import { INTENT_TTL, type Site } from './site/site.js';
import type { SiteArena } from './site/site-arena.js';

/** Arena's staleness bound by default, in milliseconds. */
const MAX_STALENESS = 1000;
/** Milliseconds of load before the first fault and after the last. */
const QUIET = 500;
const PATIENCE = 20_000;
/** Milliseconds until all parts of the arenas work again. */
const HEALTHY = 40_000;
/** Milliseconds until counted views are written: another process takes over the batch of a dead one after 30 s. */
const COUNTED = 60_000;
/** Maximum milliseconds until the arenas equal the database, and additional ones where writers may have died. */
const CONVERGED = 2 * MAX_STALENESS;

/** The result of a kind of fault. */
export interface Suffered {
  readonly kind: string;
  readonly times: number;
  readonly reads: number;
  readonly writes: number;
  readonly views: number;
  /** Requests that failed, as they may while PostgreSQL or a process fails. */
  readonly refused: number;
  /** Reads staler than the bound. */
  readonly stale: number;
  /** Reads on an arena that are older than its own acknowledged write. */
  readonly own: number;
  /** Reads at the end that differ from the database. */
  readonly different: number;
  /** Arenas that ended unexpectedly. */
  readonly ended: number;
  /** All other violations, in words. */
  readonly problems: readonly string[];
}

/** Runs one kind of fault under load for so long, and checks every response. */
export async function sufferKind(site: Site, kind: FaultKind, random: Random, seconds: number): Promise<Suffered> {
  const viewsBefore = await site.views();
  const load = new Load(site, kind.of, random);
  const times = await sufferFor(seconds, site, kind, random);
  await load.stop();
  const problems: string[] = [];
  const expect = async (what: string, comesTrue: Promise<unknown>) => {
    await comesTrue.catch(() => problems.push(what));
  };
  const { operations, views, refused } = load;
  const alive = site.arenas.filter(({ hasEnded }) => !hasEnded);
  await expect('not every arena delivers its invalidations', untilDelivered(load, alive));
  problems.push(...(await site.unhealthyAfter(HEALTHY)));
  const database = await site.versions();
  const patience = CONVERGED + (kind.of === 'Redis' ? 0 : INTENT_TTL);
  await finalReads(load, alive, database, patience);
  await expect('views that were counted still wait to be written', load.untilCounted(alive, COUNTED));
  const written = (await site.views()) - viewsBefore;
  problems.push(...wronglyCounted(kind, written, views));
  const ended = site.arenas.filter(({ hasEnded }) => hasEnded);
  problems.push(...ended.map(({ lastWords }) => lastWords));
  const maxStaleness = MAX_STALENESS + (kind.rejoin ?? 0);
  const violations = violationsOf(operations, { maxStaleness, longest: Number.POSITIVE_INFINITY, database });
  const broke = (rule: string) => violations.filter((violation) => violation.rule === rule);
  for (const rule of ['failed', 'nowhere', 'P2', 'P3', 'P5']) problems.push(...some(broke(rule)));
  return {
    kind: kind.name,
    times,
    refused,
    problems,
    reads: operations.filter((one) => one.kind === 'read').length,
    writes: operations.filter((one) => one.kind === 'write').length,
    views: views.answered,
    stale: broke('P3').length,
    own: broke('P2').length,
    different: broke('P5').length,
    ended: ended.length,
  };
}

async function sufferFor(seconds: number, site: Site, kind: FaultKind, random: Random): Promise<number> {
  await delay(QUIET);
  const end = performance.now() + seconds * 1000;
  let times = 0;
  do {
    await kind.run(site, random);
    times++;
    await delay(random.between(100, 500));
  } while (performance.now() < end);
  await delay(QUIET);
  return times;
}

async function untilDelivered(load: Load, arenas: readonly SiteArena[]): Promise<void> {
  await Promise.all(arenas.map((arena) => until(() => load.probe(arena), PATIENCE)));
}

async function finalReads(
  load: Load,
  arenas: readonly SiteArena[],
  database: ReadonlyMap<string, number>,
  patience: number,
): Promise<void> {
  const areEqual = async () =>
    (await Promise.all(arenas.map((arena) => load.readAll(arena, database, false)))).every(Boolean);
  // The reads below record the values that still differ.
  await until(areEqual, patience).catch(() => {});
  await Promise.all(arenas.map((arena) => load.readAll(arena, database, true)));
}

/** Call it once no counted view is pending. Views that were refused or lost may still have counted. */
function wronglyCounted({ losesViews, repeatsViews }: FaultKind, written: number, views: Load['views']): string[] {
  if (written < views.answered && !losesViews) return [`${views.answered} views were answered, and ${written} written`];
  if (written > views.asked && !repeatsViews) return [`${written} views were written, and ${views.asked} asked for`];
  return [];
}

const SHOWN = 3;

function some(violations: readonly Violation[]): string[] {
  return violations
    .slice(0, SHOWN)
    .map(({ rule, expected, operation }) => `${rule}: expected ${expected}, ${JSON.stringify(operation)}`);
}
