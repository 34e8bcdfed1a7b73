import { EntitySchema, MikroORM } from '@mikro-orm/postgresql';
import type pg from 'pg';
import { makeTable, proveAutomatic } from './prove.js';

class Item {
  id!: number;
  seller!: number;
  price!: number;
  note!: string | null;
}

const schema = new EntitySchema<Item>({
  class: Item,
  tableName: 'mikro_item',
  properties: {
    id: { type: 'integer', primary: true },
    seller: { type: 'integer' },
    price: { type: 'integer' },
    note: { type: 'text', nullable: true },
  },
});

const orm = await MikroORM.init({ clientUrl: process.env.DATABASE_URL, entities: [schema], pool: { max: 4 } });
/** MikroORM queries through Knex, which may have another copy of `pg` than the application: Larder needs a pool of that one. */
const knex = orm.em.getConnection().getKnex().client;
const pool: pg.Pool = new knex.driver.Pool({ connectionString: process.env.DATABASE_URL, max: 4 });

await makeTable('mikro', (sql) => pool.query(sql));
await proveAutomatic({
  name: 'mikro',
  pool,
  own: knex.pool,
  items: async (seller) => {
    const options = { fields: ['id', 'price'], orderBy: { id: 'asc' }, disableIdentityMap: true } as const;
    const found = await orm.em.fork().find(Item, { seller }, options);
    return found.map(({ id, price }) => ({ id, price }));
  },
  close: async () => {
    await orm.close();
    await pool.end();
  },
});
