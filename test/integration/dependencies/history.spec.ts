import { expect, it } from '@jest/globals';
import { runHistory } from '../../support/history/run-history.js';

/** A seed that CI repeats; choose another with `LARDER_TEST_SEED`. */
const SEED = Number(process.env.LARDER_TEST_SEED || 1);
/** Seconds with faults; `npm run test:soak` takes a minute. */
const SECONDS = Number(process.env.LARDER_TEST_HISTORY_SECONDS || 4);
/** A fleet with fewer operations proves nothing. */
const ENOUGH = 200;

it.each([
  ['no part fails', true],
  ['PostgreSQL, the reader of its log, Redis, the network and nodes fail', false],
])(
  'values that depend on their queries keep the promises while %s',
  async (_, isCalm) => {
    const { operations, violations } = await runHistory({
      seed: SEED,
      seconds: SECONDS,
      maxStaleness: 500,
      mode: 'default',
      subject: 'larder',
      topology: 'single',
      dependsOn: true,
      isCalm,
    });
    expect(operations.length).toBeGreaterThan(ENOUGH);
    expect(violations).toEqual([]);
  },
  180_000,
);
