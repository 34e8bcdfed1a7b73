import { type Clock, SystemClock } from '../base/clock.js';
import { LarderAuditError, LarderOptionsError } from '../base/errors.js';
import { type AuditOptions, type NewCache, onNewCache } from '../cache/audit/audit-options.js';
import type { HitAudit } from '../cache/state/hit-audit.js';
import type { StaleRead } from '../cache/state/stale-read.js';

type Hook = (run: () => Promise<void>) => unknown;

/** The hooks of a test runner. */
export interface TestHooks {
  readonly afterEach: Hook;
  readonly afterAll: Hook;
}

/** The audit of all caches that this process creates. */
export interface AuditOfTests {
  /** Waits for the comparisons under way, and returns what was found since the last call. */
  findings(): Promise<readonly StaleRead[]>;
  /** Stops auditing further caches. */
  stop(): void;
}

/** Milliseconds after the first difference at which a value is compared again: enough for an invalidation under way. */
const LOOKS: AuditOptions['looks'] = [50, 250, 600];

/**
 * Fails each test in which a cached answer differs from a fresh load and nothing has invalidated it; the finding is the message.
 * Call it once in each test file, or in a setup file of the runner, before applications start. It audits every hit of every
 * cache that is created afterwards: of routes, providers, batches and GraphQL, in memory and in Redis.
 *
 * A test that finds no difference takes as long as its second loads; one that finds one, up to a second more. Tests that count
 * loads must not run under it.
 *
 * @param hooks of the test runner. Default: the global `afterEach` and `afterAll`, which Jest has, and Vitest with `globals: true`
 * @returns for runners without such hooks: `findings` and `stop`
 * @throws LarderOptionsError if there are no hooks. A test with findings fails with a LarderAuditError
 *
 * @example
 * ```ts
 * // With Vitest: from 'vitest'.
 * import { afterAll, afterEach } from '@jest/globals';
 * import { auditEverything } from 'nest-larder/testing';
 *
 * auditEverything({ afterEach, afterAll });
 * ```
 */
export function auditEverything(hooks: TestHooks = globalHooks()): AuditOfTests {
  const audit = new TestAudit();
  hooks.afterEach(() => audit.check());
  hooks.afterAll(async () => {
    audit.stop();
    await audit.check();
  });
  return audit;
}

class TestAudit implements AuditOfTests {
  readonly #audits = new Set<HitAudit>();
  readonly stop: () => void;
  #found: StaleRead[] = [];

  constructor() {
    // Made now, before a test replaces the timers.
    const clock: Clock = new RealClock();
    this.stop = onNewCache((created: NewCache) => {
      created.audit = {
        sample: 1,
        loadsPerSecond: Number.POSITIVE_INFINITY,
        concurrency: Number.POSITIVE_INFINITY,
        looks: LOOKS,
        showsValues: true,
        reportsAll: true,
        settlesBeforeClose: true,
        clock,
        found: (finding) => void this.#found.push(finding),
      };
      created.opened = (audit) => void this.#audits.add(audit);
    });
  }

  async findings(): Promise<readonly StaleRead[]> {
    await Promise.all([...this.#audits].map((audit) => audit.settle()));
    for (const audit of this.#audits) if (audit.isClosed) this.#audits.delete(audit);
    const found = this.#found;
    this.#found = [];
    return found;
  }

  async check(): Promise<void> {
    const found = await this.findings();
    if (found.length > 0) throw new LarderAuditError(found);
  }
}

/** The machine's time, also where a test runner replaces the global timers later. */
class RealClock implements Clock {
  readonly #clock = new SystemClock();
  readonly #setTimeout = globalThis.setTimeout;
  readonly #clearTimeout = globalThis.clearTimeout;

  now(): number {
    return this.#clock.now();
  }

  elapsed(): number {
    return this.#clock.elapsed();
  }

  turn(): number {
    return this.#clock.elapsed();
  }

  after(delay: number, task: () => void): () => void {
    const timer = this.#setTimeout(task, delay);
    return () => this.#clearTimeout(timer);
  }
}

function globalHooks(): TestHooks {
  const { afterEach, afterAll } = globalThis as Partial<TestHooks>;
  if (typeof afterEach === 'function' && typeof afterAll === 'function') return { afterEach, afterAll };
  throw new LarderOptionsError([
    'auditEverything found no global afterEach and afterAll; pass those of your test runner: auditEverything({ afterEach, afterAll })',
  ]);
}
