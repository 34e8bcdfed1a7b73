import pg from 'pg';
import { Column, DataSource, Entity, PrimaryColumn } from 'typeorm';
import { makeTable, proveAutomatic } from './prove.js';

@Entity('typeorm_item')
class Item {
  @PrimaryColumn('int') id!: number;
  @Column('int') seller!: number;
  @Column('int') price!: number;
  @Column('text', { nullable: true }) note!: string | null;
}

/** TypeORM has a pool of its own, of the copy of `pg` in `driver`. */
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 4 });
const database = new DataSource({
  type: 'postgres',
  url: process.env.DATABASE_URL ?? '',
  driver: pg,
  entities: [Item],
  poolSize: 4,
});

await makeTable('typeorm', (sql) => pool.query(sql));
await database.initialize();
await proveAutomatic({
  name: 'typeorm',
  pool,
  items: async (seller) => {
    const found = await database
      .getRepository(Item)
      .find({ select: { id: true, price: true }, where: { seller }, order: { id: 'asc' } });
    return found.map(({ id, price }) => ({ id, price }));
  },
  close: async () => {
    await database.destroy();
    await pool.end();
  },
});
