import { median, range } from '../measure/figures.js';
import { judge } from '../measure/goals.js';
import { describeRun } from '../measure/machine.js';
import { startPostgres } from '../measure/postgres.js';
import { printTable } from '../measure/table.js';
import { analysisTimes } from './analysing.js';
import { compareHits, compareLoads, quickest } from './loads.js';
import { commitTimes } from './own-writes.js';
import { ROWS, startShop } from './shop.js';
import { speedOfWriters } from './writers.js';
import { COUNTS, costOfWatching } from './writing.js';

// What values cost that depend on their queries: hits, loads, and those who write the tables.

const ROUNDS = 12;
const WRITER_ROUNDS = 6;
const COMMIT_ROUNDS = 3;

console.log(describeRun(`Automatic dependencies, ${ROUNDS} rounds`));
const postgres = await startPostgres();
await postgres.query(`create table items (id int primary key, seller_id int not null, price int not null, note text);
  create index on items (seller_id);
  insert into items select i, i % 1000, i, repeat('x', 50) from generate_series(0, ${ROWS - 1}) i`);
await postgres.query('vacuum analyze items');
const shop = await startShop(postgres.url);
const hits = await compareHits(shop, ROUNDS);
const loads = await compareLoads(shop, ROUNDS);
await shop.stop();
const analysis = await analysisTimes(postgres.url);
const commits = await commitTimes(postgres.url, COMMIT_ROUNDS);
const writing = await costOfWatching(postgres, ROUNDS);
const writers = await speedOfWriters(postgres, WRITER_ROUNDS);

printTable(
  ['to a method with declared dependencies', 'wall time', 'least–most', 'processor time', 'least–most', 'quickest'],
  [
    [
      'hits a second',
      median(hits.wall).toFixed(2),
      range(hits.wall, 2),
      median(hits.cpu).toFixed(2),
      range(hits.cpu, 2),
      (1 / quickest(hits)).toFixed(2),
    ],
    ...Object.entries(loads.ratios).map(([name, ratios]) => [
      name,
      median(ratios.wall).toFixed(2),
      range(ratios.wall, 2),
      median(ratios.cpu).toFixed(2),
      range(ratios.cpu, 2),
      quickest(ratios).toFixed(2),
    ]),
  ],
);
console.log(
  `\nA load with 5 queries takes ${loads.declaredMicroseconds.toFixed(0)} µs of processor time of this process declared, ` +
    `${loads.observedMicroseconds.toFixed(0)} µs observed; round trips: ${loads.declaredTrips.toFixed(2)} and ${loads.observedTrips.toFixed(2)}.\n`,
);
printTable(
  ['processor time of PostgreSQL for a one-row update, µs', 'median', 'least–most'],
  COUNTS.map((count, place) => {
    const times = writing.map((round) => round[place] as number);
    const name = count === undefined ? 'without triggers' : `${count} columns besides the primary key`;
    return [name, median(times).toFixed(0), range(times, 0)];
  }),
);
console.log('');
printTable(
  ['rows that 8 clients change a second, to a table without triggers', 'median', 'least–most'],
  COUNTS.flatMap((count, place) => {
    if (count === undefined) return [];
    const ratios = writers.map((round) => round[place] as number);
    return [[`${count} columns besides the primary key`, median(ratios).toFixed(2), range(ratios, 2)]];
  }),
);
console.log('');
printTable(
  ['a commit of one row, ms', 'median', 'least–most'],
  Object.entries(commits).map(([name, times]) => [name, median(times).toFixed(2), range(times, 2)]),
);
console.log(
  `\nThe analysis of a new text takes ${median(analysis.fresh).toFixed(3)} ms at the median (${range(analysis.fresh, 3)}), ` +
    `of a known one ${median(analysis.known).toFixed(4)} ms.`,
);
judge([
  { what: 'ms of the analysis of a new text, at the median', figure: median(analysis.fresh), atMost: 1 },
  {
    what: 'rows a second of writers of a table with two watched columns, to one without triggers',
    figure: median(writers.map((round) => round[COUNTS.indexOf(2)] as number)),
    atLeast: 0.55,
  },
  { what: 'hits a second to declared ones', figure: median(hits.wall), atLeast: 0.98 },
  {
    what: 'time of a load with 5 queries to a declared one',
    figure: median(loads.ratios['a load with 5 queries']?.wall ?? []),
    atMost: 1.05,
  },
  {
    what: 'round trips more of a load with 5 queries',
    figure: loads.observedTrips - loads.declaredTrips,
    atMost: 0.01,
  },
]);
await postgres.stop();
process.exit();
