import { Redis } from 'ioredis';
import { Client } from 'pg';
import { connectedCache } from '../measure/connected-cache.js';
import type { Subject } from './costs.js';

const ROWS = 1000;
const OPTIONS = { ttl: 600_000 };
const UPDATE = 'update items set seats = seats + 1 where id = $1 returning id, title, seats';

interface Item {
  readonly id: number;
  readonly title: string;
  readonly seats: number;
}

/** `UPDATE`, then `SET` of the row, beside a write-through with the same statement. One caller. */
export async function writesThrough(redisUrl: string, databaseUrl: string): Promise<Subject[]> {
  const database = new Client({ connectionString: databaseUrl });
  await database.connect();
  // Each run has the same database.
  await database.query('drop table if exists items');
  await database.query('create table items (id integer primary key, title text not null, seats integer not null)');
  await database.query(`insert into items select id, 'Item ' || id, 0 from generate_series(1, ${ROWS}) as id`);
  const redis = new Redis(redisUrl);
  const cache = await connectedCache({ redis: redisUrl });
  let last = 0;
  const nextId = () => (last++ % ROWS) + 1;
  const update = async (id: number) => (await database.query<Item>(UPDATE, [id])).rows[0] as Item;
  const run = (one: (id: number) => Promise<unknown>) => async (count: number) => {
    for (let call = 0; call < count; call++) await one(nextId());
  };
  return [
    {
      name: 'UPDATE, SET',
      run: run(async (id) => redis.set(`raw:items:${id}`, JSON.stringify(await update(id)), 'PX', OPTIONS.ttl)),
    },
    { name: 'larder writeThrough', run: run((id) => cache.writeThrough(['items', id], () => update(id), OPTIONS)) },
  ];
}
