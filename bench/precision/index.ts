import 'reflect-metadata';
import { judge } from '../measure/goals.js';
import { describeRun } from '../measure/machine.js';
import { startPostgres } from '../measure/postgres.js';
import { randomOf } from '../measure/random.js';
import { printTable } from '../measure/table.js';
import { arena } from './arena.js';
import { type Figures, follow, type Tally } from './follow.js';
import { shop } from './shop.js';

// How precisely `dependsOn: 'queries'` invalidates: of the answers that a change invalidates, how many have really changed. Beside
// it, in the same run, what invalidation by tables would do. CHANGES=50 makes it shorter; SEED=2 makes other changes.

const CHANGES = Number(process.env.CHANGES ?? 300);
const SEED = Number(process.env.SEED ?? 1);

console.log(describeRun(`Precision, ${CHANGES} changes, seed ${SEED}`));
const all: (Figures & { readonly name: string })[] = [];
for (const open of [arena, shop]) {
  const postgres = await startPostgres();
  const subject = await open(postgres);
  try {
    all.push({ name: subject.name, ...(await follow(subject, CHANGES, randomOf(SEED))) });
  } finally {
    await subject.pool.end();
    await postgres.stop();
  }
}
printTable(
  ['', 'answers', 'changed', 'invalidated', 'needless', 'precision', 'missed'],
  all.flatMap(({ name, answers, changed, byTables, byQueries }) => [
    [`${name}, by tables`, `${answers}`, `${changed}`, ...shown(byTables)],
    [`${name}, by queries`, '', '', ...shown(byQueries)],
  ]),
);
judge(
  all.flatMap(({ name, byTables, byQueries }) => [
    {
      what: `${name}: fewer needless reloads`,
      figure: byTables.needless / Math.max(1, byQueries.needless),
      atLeast: 5,
    },
    { what: `${name}: changed answers that were not invalidated`, figure: byQueries.missed, atMost: 0 },
  ]),
);
process.exit();

function shown({ invalidated, needless, missed }: Tally): string[] {
  const precision = invalidated === 0 ? 1 : 1 - needless / invalidated;
  return [`${invalidated}`, `${needless}`, `${(100 * precision).toFixed(1)} %`, `${missed}`];
}
