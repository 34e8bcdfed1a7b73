import { setTimeout as delay } from 'node:timers/promises';
import { installTriggers } from 'nest-larder/change-feed';
import { Writers } from '../change-feed/writers.js';
import type { StartedPostgres } from '../measure/postgres.js';
import { COLUMNS, COUNTS } from './writing.js';

const SLICE = 1500;
/** As many as the writers update. */
const ROWS = 100_000;

/** For each round and number of columns, the rows that 8 clients change per second, to those of a table without triggers. */
export async function speedOfWriters(postgres: StartedPostgres, rounds: number): Promise<number[][]> {
  const tables = COUNTS.map((_, place) => `busy_${place}`);
  for (const [place, table] of tables.entries()) {
    await postgres.query(`create table ${table} (id int primary key, duration int not null default 0,
      ${COLUMNS.map((name) => `${name} int not null default 1`).join(', ')}, note text);
      insert into ${table} (id, note) select i, repeat('x', 50) from generate_series(0, ${ROWS - 1}) i`);
    await postgres.query(`vacuum analyze ${table}`);
    const columns = COUNTS[place] === undefined ? undefined : COLUMNS.slice(0, COUNTS[place]);
    if (columns !== undefined)
      await installTriggers(postgres.url, [{ table: { schema: 'public', name: table }, columns }]);
  }
  const writers = await Writers.start(postgres.url);
  const measured: number[][] = [];
  for (let round = -1; round < rounds; round++) {
    const speeds: number[] = [];
    for (const place of round % 2 === 0 ? tables.keys() : [...tables.keys()].reverse()) {
      speeds[place] = await writers.perSecond(tables[place] as string, SLICE);
      await postgres.query('truncate larder.changes');
      await delay(100);
    }
    const [bare = 0] = speeds;
    if (round >= 0) measured.push(speeds.map((speed) => speed / bare));
  }
  writers.end();
  return measured;
}
