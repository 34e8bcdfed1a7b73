import { Client } from 'pg';

// Clients that each change one row after another for the given milliseconds; responds with the number of changes.

const CLIENTS = 8;
const ROWS = 100_000;

const clients = await Promise.all(
  Array.from({ length: CLIENTS }, async () => {
    const client = new Client({ connectionString: process.argv[2] });
    await client.connect();
    return client;
  }),
);

process.on('disconnect', () => process.exit());
process.on('message', async ({ table, milliseconds }: { table: string; milliseconds: number }) => {
  const until = performance.now() + milliseconds;
  let count = 0;
  const write = async (client: Client) => {
    while (performance.now() < until) {
      const id = Math.floor(Math.random() * ROWS);
      await client.query({
        name: table,
        text: `update ${table} set duration = duration + 1 where id = $1`,
        values: [id],
      });
      count++;
    }
  };
  await Promise.all(clients.map(write));
  process.send?.({ perSecond: (count * 1000) / milliseconds });
});
process.send?.('ready');
