import pg from 'pg';
import { DataTypes, Sequelize } from 'sequelize';
import { type Item, makeTable, proveAutomatic } from './prove.js';

/** Sequelize has a pool of its own, with clients of the copy of `pg` in `dialectModule`. Larder sees waits in it. */
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 4 });
const database = new Sequelize(process.env.DATABASE_URL ?? '', { dialectModule: pg, logging: false, pool: { max: 4 } });
const Items = database.define(
  'Item',
  {
    id: { type: DataTypes.INTEGER, primaryKey: true },
    seller: DataTypes.INTEGER,
    price: DataTypes.INTEGER,
    note: DataTypes.TEXT,
  },
  { tableName: 'sequelize_item', timestamps: false },
);

await makeTable('sequelize', (sql) => pool.query(sql));
await proveAutomatic({
  name: 'sequelize',
  pool,
  own: (database.connectionManager as unknown as { pool: { acquire(): unknown } }).pool,
  items: async (seller) =>
    (await Items.findAll({
      attributes: ['id', 'price'],
      where: { seller },
      order: ['id'],
      raw: true,
    })) as unknown as Item[],
  close: async () => {
    await database.close();
    await pool.end();
  },
});
