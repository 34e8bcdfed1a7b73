import { setTimeout as delay } from 'node:timers/promises';
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
  process.on('message', async (order: NodeOrder) => {
    if (order.type === 'watch') await watch(order.id, order.value);
    else tell({ type: 'read', values: await readItems(application, order.ids) });
  });
  tell({ type: 'started', state: application.feed.status().state });
}

await main(JSON.parse(process.argv[2] as string));
