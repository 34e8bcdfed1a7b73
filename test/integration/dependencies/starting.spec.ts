import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { CacheableBatch, createCache, type LarderOptions } from 'nest-larder';
import { installTriggers } from 'nest-larder/change-feed';
import { Pool } from 'pg';
import { ObservedShop, SHOP } from '../../support/dependencies/observed-shop.js';
import { PostgresServer } from '../../support/servers/postgres-server.js';

let server: PostgresServer;
let url: string;

beforeAll(async () => {
  server = await PostgresServer.start();
}, 60_000);
afterAll(() => server.stop());
beforeEach(async () => {
  ({ url } = await server.newDatabase());
  await server.query(SHOP, url);
});

/** The error of a start. */
async function fault(options: LarderOptions = {}): Promise<Error> {
  const node = await ObservedShop.start(url, options).catch((error: Error) => error);
  if (node instanceof Error) return node;
  await node.stop();
  throw new Error('It has started.');
}

const install = () => installTriggers(url, [{ table: { schema: 'public', name: 'items' }, columns: ['id'] }]);

it('does not start without the option database, and names what is missing', async () => {
  await install();
  expect(await fault({ database: undefined, changeFeed: undefined })).toMatchObject({
    code: 'LARDER_OPTIONS',
    message: expect.stringMatching(
      /dependsOn of Shop\.\w+ is 'queries', and loads are not observed; give LarderModule/,
    ),
  });
});

it('does not start without a change feed', async () => {
  await install();
  expect(String(await fault({ changeFeed: undefined }))).toMatch(/option database is set, and changeFeed is not/);
});

it('loads values at each call, and stores none, while the change feed is switched off', async () => {
  await install();
  const node = await ObservedShop.start(url, { background: false });
  for (const name of ['seller 1', 'other']) {
    await server.query(`update sellers set name = '${name}' where id = 1`, url);
    expect(await node.shop.seller(1)).toMatchObject({ name });
  }
  expect(await node.cache.inspect(['seller', 1])).toBeUndefined();
  expect([node.shop.loads, node.reasons]).toEqual([2, []]);
  await node.stop();
});

it('does not start without the triggers, and names the command to run', async () => {
  expect(await fault()).toMatchObject({
    code: 'LARDER_CHANGE_FEED',
    message: expect.stringContaining('npx nest-larder triggers install'),
  });
});

it('does not start with a change log of a release that did not know used columns', async () => {
  await install();
  await server.query('drop table larder.uses', url);
  expect(await fault()).toMatchObject({ code: 'LARDER_CHANGE_FEED', reason: 'triggers' });
});

it('does not start if the options lead to different databases', async () => {
  await install();
  const { url: elsewhere } = await server.newDatabase();
  const database = new Pool({ connectionString: elsewhere });
  expect(await fault({ database })).toMatchObject({
    code: 'LARDER_OPTIONS',
    message: expect.stringContaining('lead to different databases'),
  });
  await database.end();
});

it('refuses the options where they cannot work', async () => {
  const database = new Pool();
  await expect(createCache({ database } as LarderOptions)).rejects.toThrow(/database works only in LarderModule/);
  const cache = await createCache();
  const load = () => cache.getOrLoad(['a'], () => 1, { dependsOn: 'queries' });
  await expect(load()).rejects.toThrow(/dependsOn of a read is 'queries', and loads are not observed/);
  const declared = { dependsOn: 'queries' } as never;
  await expect(cache.set(['a'], 1, declared)).rejects.toThrow(/dependsOn of a value that is set/);
  await expect(cache.writeThrough(['a'], () => 1, declared)).rejects.toThrow(/dependsOn of a write-through/);
  expect(() => {
    class Prices {
      @CacheableBatch({ key: (id: number) => ['prices', id], dependsOn: 'queries', gather: true })
      async prices(ids: readonly number[]): Promise<readonly number[]> {
        return ids;
      }
    }
    return Prices;
  }).toThrow(/dependsOn and gather of Prices\.prices are both set/);
  await cache.close();
});
