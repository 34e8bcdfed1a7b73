import { describe, expect, it } from '@jest/globals';
import { type HistoryOptions, runHistory } from '../../support/history/run-history.js';

/** A seed that CI repeats; choose another with `LARDER_TEST_SEED`. */
const SEED = Number(process.env.LARDER_TEST_SEED || 1);
/** Seconds with faults; `npm run test:soak` takes a minute. */
const SECONDS = Number(process.env.LARDER_TEST_HISTORY_SECONDS || 4);
/** A fleet with fewer operations proves nothing. */
const ENOUGH = 500;
/** A short version of `history.ts`, which runs any seed for any time. */
const SHORT: HistoryOptions = {
  seed: SEED,
  seconds: SECONDS,
  maxStaleness: 500,
  mode: 'default',
  subject: 'larder',
  topology: 'single',
};

describe(`a fleet while Redis, the network and nodes fail (seed ${SEED})`, () => {
  it('never reads a value replaced longer ago than the bound', async () => {
    expect(await broken(SHORT)).toEqual([]);
  }, 120_000);

  it('never reads a replaced value where reads are strong', async () => {
    expect(await broken({ ...SHORT, seed: SEED + 1, mode: 'strong' })).toEqual([]);
  }, 120_000);

  it('does so with the naive rule: the checker detects it', async () => {
    const violations = await broken({ ...SHORT, seconds: 3, subject: 'naive' });
    expect(new Set(violations.map(({ rule }) => rule))).toContain('P3');
  }, 120_000);
});

async function broken(options: HistoryOptions) {
  const { operations, violations } = await runHistory(options);
  expect(operations.length).toBeGreaterThan(ENOUGH);
  return violations;
}
