import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from './generated/client.js';
import { makeTable, proveAutomatic } from './prove.js';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 4 });
const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });

await makeTable('prisma', (sql) => pool.query(sql));
await proveAutomatic({
  name: 'prisma',
  pool,
  items: (seller) =>
    prisma.item.findMany({ select: { id: true, price: true }, where: { seller }, orderBy: { id: 'asc' } }),
  close: async () => {
    await prisma.$disconnect();
    await pool.end();
  },
});
