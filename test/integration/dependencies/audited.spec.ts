import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { LarderOptions, StaleRead } from 'nest-larder';
import { installTriggers } from 'nest-larder/change-feed';
import { Client } from 'pg';
import { UNOBSERVED } from '../../../libs/larder/src/postgres/unobserved.js';
import { ObservedShop, SHOP } from '../../support/dependencies/observed-shop.js';
import { QuickClock } from '../../support/quick-clock.js';
import { PostgresServer } from '../../support/servers/postgres-server.js';
import { until } from '../../support/until.js';

const TOTAL = 'select coalesce(sum(price), $2)::int as total from items where seller_id = $1';
const INLINED = 'select coalesce(sum(price), $1)::int as total from items where seller_id = $2';

let server: PostgresServer;
let url: string;
let node: ObservedShop;

beforeAll(async () => {
  server = await PostgresServer.start();
}, 60_000);
afterAll(() => server.stop());
beforeEach(async () => {
  ({ url } = await server.newDatabase());
  await run(SHOP);
  await installTriggers(url, [
    { table: { schema: 'public', name: 'sellers' }, columns: ['id'] },
    { table: { schema: 'public', name: 'items' }, columns: ['id', 'seller_id'] },
  ]);
  await start({});
});
afterEach(() => node.stop());

/** Comparisons follow each other within a second. */
async function start(options: LarderOptions): Promise<void> {
  const clock = new QuickClock(10);
  node = await ObservedShop.start(url, {
    audit: 1,
    auditLoads: 1000,
    clock,
    changeFeed: { url, timeout: '5m' },
    ...options,
  });
}

/** Another program. */
async function run(sql: string): Promise<void> {
  const client = Object.assign(new Client({ connectionString: url }), { [UNOBSERVED]: true });
  await client.connect();
  await client.query(sql);
  await client.end();
}

async function found(read: () => Promise<unknown>): Promise<StaleRead> {
  const findings = () => node.events.flatMap((event) => (event.type === 'stale-read' ? [event.finding] : []));
  await until(async () => {
    await read();
    return findings().length > 0;
  });
  return findings()[0] as StaleRead;
}

it('names the table that changed and the query of a load whose invalidation was forgotten', async () => {
  const read = () => node.shop.declaredSeller(1);
  await read();
  await run('update items set price = price + 1000 where seller_id = 2');
  await run('update items set price = price + 1 where seller_id = 1');
  const { tables, changedBy, message } = await found(read);
  expect(tables).toEqual([
    { table: 'public.items', query: INLINED, changedAfter: expect.any(Number), returnsChange: true },
    { table: 'public.sellers', query: expect.any(String), changedAfter: undefined, returnsChange: false },
  ]);
  expect(changedBy).toMatchObject([{ kind: 'row', name: 'public.items' }]);
  expect(message).toMatch(/The load reads public\.items, which changed .* after the load, by: select coalesce/);
  expect(message).toContain("or let the value follow its queries: dependsOn: 'queries'");
});

it('does not blame a row that the load cannot have read', async () => {
  const read = () => node.shop.declaredSeller(1);
  await read();
  await run('update items set price = price + 1000 where seller_id = 2');
  await run(
    'begin; update items set price = price + 1 where seller_id = 1; delete from larder.changes where xid = pg_current_xact_id(); commit',
  );
  const { tables, changedBy } = await found(read);
  expect(tables[0]).toMatchObject({ table: 'public.items', changedAfter: undefined, returnsChange: true });
  expect(changedBy).toEqual([]);
});

it('names the query that returns the new value of a value that follows its queries', async () => {
  const read = () => node.shop.seller(1);
  await node.learn(read);
  // No program does that: it stands for every change that the log does not tell.
  await run(
    'begin; update items set price = price + 1 where seller_id = 1; delete from larder.changes where xid = pg_current_xact_id(); commit',
  );
  const { tables, message } = await found(read);
  expect(tables[0]).toEqual({ table: 'public.items', query: TOTAL, changedAfter: undefined, returnsChange: true });
  expect(message).toContain(`The load reads public.items, by: ${TOTAL} (returns the new value)`);
  expect(message).toContain('its change was not logged');
});
