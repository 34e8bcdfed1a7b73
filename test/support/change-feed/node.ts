import { setTimeout as delay } from 'node:timers/promises';
import { markWrite } from 'nest-larder/change-feed';
import { Client } from 'pg';
import { Application } from './application.js';
import { itemsRule, readItems } from './items.js';
import type { NodeNews, NodeOptions, NodeOrder } from './node-messages.js';

/** One process of a fleet with a change feed. */
async function main({ database, url, redis, keyPrefix }: NodeOptions): Promise<void> {
  const tell = (news: NodeNews) => process.send?.(news);
  process.on('disconnect', () => process.exit());
  const application = await Application.start({ database, redis, keyPrefix, feed: { url, rules: [itemsRule] } });

  const watch = async (id: number, value: number) => {
    while ((await readItems(application, [id]))[0] === value) await delay(1);
    tell({ type: 'seen', at: Date.now() });
  };
  const writeAndDie = async (id: number, value: number) => {
    const client = new Client({ connectionString: database });
    await client.connect();
    await application.cache.writeThrough(['items', id], async () => {
      await client.query('begin');
      await markWrite(client);
      await client.query('update items set value = $2 where id = $1', [id, value]);
      await client.query('commit');
      process.kill(process.pid, 'SIGKILL');
    });
  };
  process.on('message', async (order: NodeOrder) => {
    if (order.type === 'watch') await watch(order.id, order.value);
    else if (order.type === 'write-and-die') await writeAndDie(order.id, order.value);
    else tell({ type: 'read', values: await readItems(application, order.ids) });
  });
  tell({ type: 'started', state: application.feed.status().state });
}

await main(JSON.parse(process.argv[2] as string));
