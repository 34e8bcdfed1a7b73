import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ALL_KINDS } from '../../support/faults/kinds/all-kinds.js';
import { type FaultKind, together } from '../../support/faults/kinds/kind.js';
import { Site } from '../../support/faults/site/site.js';
import { sufferKind } from '../../support/faults/suffer-kind.js';
import { Random } from '../../support/history/random.js';

/** A seed that CI repeats; choose another with `LARDER_TEST_SEED`. */
const SEED = Number(process.env.LARDER_TEST_SEED || 1);
/** A few of the kinds in `npm run faults`. Faults of Redis run separately: no request may fail during them. */
const FEW = [
  ['client-kill', 'table-deleted'],
  ['transactions-ended', 'event-loop-blocked'],
];
/** A load with fewer requests proves nothing. */
const ENOUGH = 100;

let site: Site;

beforeAll(async () => {
  site = await Site.start(true);
}, 60_000);
afterAll(() => site.stop());

describe(`three arenas under reads, writes and views (seed ${SEED})`, () => {
  it.each(FEW)(
    'keep every promise under the faults %s and %s',
    async (...names) => {
      const [first, second] = names.map((name) => ALL_KINDS.find((kind) => kind.name === name) as FaultKind);
      const both = together([first as FaultKind, second as FaultKind]);
      const suffered = await sufferKind(site, both, new Random(SEED), 0);
      expect(suffered).toMatchObject({ problems: [], stale: 0, own: 0, different: 0, ended: 0 });
      expect(suffered.reads).toBeGreaterThan(ENOUGH);
      expect(suffered.writes).toBeGreaterThan(0);
    },
    60_000,
  );
});
