import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createCache } from '../create-cache.js';
import type { Cache } from './cache.js';

/** What a cache under test must do. The usual rule implements it too, to show that the test can fail. */
interface Rule {
  read(key: string, load: () => Promise<number>): Promise<number>;
  write(key: string, store: () => Promise<number>): Promise<number>;
  invalidate(key: string): Promise<unknown>;
}

function stamped(cache: Cache): Rule {
  return {
    read: (key, load) => cache.getOrLoad(['k', key], load),
    write: (key, store) => cache.writeThrough(['k', key], store),
    invalidate: (key) => cache.invalidate(['k', key]),
  };
}

/** "Delete on write, set after load": the rule of caches without stamps. */
function deleteOnWrite(): Rule {
  const entries = new Map<string, number>();
  return {
    async read(key, load) {
      const found = entries.get(key);
      if (found !== undefined) return found;
      const value = await load();
      entries.set(key, value);
      return value;
    },
    async write(key, store) {
      const value = await store();
      entries.set(key, value);
      return value;
    },
    async invalidate(key) {
      entries.delete(key);
    },
  };
}

type Step = { readonly kind: 'read' | 'change' | 'write'; readonly key: string };
const steps = fc.array(
  fc.record<Step>({ kind: fc.constantFrom('read', 'change', 'write'), key: fc.constantFrom('a', 'b') }),
  { minLength: 2, maxLength: 12 },
);

/**
 * Runs the steps at once, in an order of database replies that the scheduler chooses, and checks every read: it must not see
 * less than was acknowledged before it began. Finally the cache must agree with the database.
 */
async function run(scheduler: fc.Scheduler, plan: readonly Step[], rule: Rule): Promise<string[]> {
  const faults: string[] = [];
  const database = new Map<string, number>();
  const acknowledged = new Map<string, number>();
  let versions = 0;

  const commit = async (key: string): Promise<number> => {
    await scheduler.schedule(Promise.resolve(), `send ${key}`);
    const version = ++versions;
    database.set(key, version);
    await scheduler.schedule(Promise.resolve(), `commit ${key} ${version}`);
    return version;
  };
  const acknowledge = (key: string, version: number) =>
    acknowledged.set(key, Math.max(version, acknowledged.get(key) ?? 0));
  const load = async (key: string): Promise<number> => {
    await scheduler.schedule(Promise.resolve(), `query ${key}`);
    const version = database.get(key) ?? 0;
    await scheduler.schedule(Promise.resolve(), `rows ${key} ${version}`);
    return version;
  };
  const read = async (key: string) => {
    const least = acknowledged.get(key) ?? 0;
    const seen = await rule.read(key, () => load(key));
    if (seen < least) faults.push(`${key}: read ${seen} after ${least} was acknowledged`);
  };
  const act = async ({ kind, key }: Step) => {
    await scheduler.schedule(Promise.resolve(), `begin ${kind} ${key}`);
    if (kind === 'read') return read(key);
    if (kind === 'write') return acknowledge(key, await rule.write(key, () => commit(key)));
    const version = await commit(key);
    await rule.invalidate(key);
    acknowledge(key, version);
  };

  await scheduler.waitFor(Promise.all(plan.map(act)));
  for (const key of database.keys()) await scheduler.waitFor(read(key));
  return faults;
}

async function firstFault(makeRule: () => Promise<Rule>, runs: number): Promise<fc.RunDetails<[fc.Scheduler, Step[]]>> {
  return fc.check(
    fc.asyncProperty(fc.scheduler(), steps, async (scheduler, plan) => {
      expect(await run(scheduler, plan, await makeRule())).toEqual([]);
    }),
    { numRuns: runs },
  );
}

describe('P1 no resurrection, P2 own writes, P5 write-through', () => {
  it('hold in every order in which reads, writes and invalidations can meet', async () => {
    const result = await firstFault(async () => stamped(await createCache({ slots: 2 ** 16 })), 1000);
    expect(result.failed ? fc.defaultReportMessage(result) : 'held').toBe('held');
  });

  it('are broken by "delete on write, set after load" in the same test', async () => {
    const result = await firstFault(async () => deleteOnWrite(), 1000);
    expect(result.failed).toBe(true);
  });
});
