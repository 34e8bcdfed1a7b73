import { readFileSync } from 'node:fs';
import { installTriggers } from 'nest-larder/change-feed';
import { Client } from 'pg';
import type { StartedPostgres } from '../measure/postgres.js';

/** Columns that the triggers write besides the primary key; `undefined`: no triggers. */
export const COUNTS = [undefined, 0, 1, 2, 4, 8] as const;
const UPDATES = 1500;
const ROWS = 1000;
/** Of the clock of the kernel, which counts the processor time of a process. */
const TICK_MICROSECONDS = 10_000;
export const COLUMNS = Array.from({ length: 8 }, (_, at) => `c${at}`);

/** For each round and number of columns, the processor time that PostgreSQL takes for one update, in microseconds. */
export async function costOfWatching(postgres: StartedPostgres, rounds: number): Promise<number[][]> {
  const tables = COUNTS.map((_, place) => `watched_${place}`);
  for (const [place, table] of tables.entries()) {
    await postgres.query(`create table ${table} (id int primary key, ${COLUMNS.map((name) => `${name} int not null default 1`).join(', ')}, note text);
      insert into ${table} (id, note) select i, repeat('x', 50) from generate_series(0, ${ROWS - 1}) i`);
    await postgres.query(`vacuum analyze ${table}`);
    const columns = COUNTS[place] === undefined ? undefined : COLUMNS.slice(0, COUNTS[place]);
    if (columns !== undefined)
      await installTriggers(postgres.url, [{ table: { schema: 'public', name: table }, columns }]);
  }
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  const [{ pid }] = (await client.query('select pg_backend_pid() as pid')).rows;
  const measured: number[][] = [];
  for (let round = -1; round < rounds; round++) {
    const times: number[] = [];
    for (const place of round % 2 === 0 ? tables.keys() : [...tables.keys()].reverse()) {
      const before = ticksOf(pid);
      await client.query('begin');
      for (let at = 0; at < UPDATES; at++) {
        await client.query({
          name: `u${place}`,
          text: `update ${tables[place]} set c0 = c0 + 1 where id = $1`,
          values: [at % ROWS],
        });
      }
      await client.query('commit');
      times[place] = ((ticksOf(pid) - before) * TICK_MICROSECONDS) / UPDATES;
      await client.query('truncate larder.changes');
      await client.query(`vacuum ${tables[place]}`);
    }
    if (round >= 0) measured.push(times);
  }
  await client.end();
  return measured;
}

/** The processor time of a process, in ticks. */
function ticksOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [utime, stime] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13);
  return Number(utime) + Number(stime);
}
