import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { installTriggers } from 'nest-larder/change-feed';
import { run as runCommand } from '../../../libs/larder/src/change-feed/cli/run.js';
import { ObservedShop, SHOP } from '../../support/dependencies/observed-shop.js';
import { PostgresServer } from '../../support/servers/postgres-server.js';
import { until } from '../../support/until.js';

let server: PostgresServer;
let url: string;
let node: ObservedShop | undefined;

beforeAll(async () => {
  server = await PostgresServer.start();
}, 60_000);
afterAll(() => server.stop());
beforeEach(async () => {
  ({ url } = await server.newDatabase());
  await run(SHOP);
  await installTriggers(url, [table('sellers', 'id'), table('items')]);
});
afterEach(async () => {
  await node?.stop();
  node = undefined;
});

const table = (name: string, ...columns: string[]) => ({ table: { schema: 'public', name }, columns });
const run = (sql: string) => server.query(sql, url);

async function command(...given: string[]) {
  const printed: string[] = [];
  const print = (text: string) => void printed.push(text);
  const code = await runCommand(['triggers', ...given, '--url', url], {}, { print, complain: print });
  return { code, text: printed.join('\n') };
}

async function suggested() {
  const { text } = await command('suggest', '--json');
  const { tables, command: next } = JSON.parse(text);
  return { tables: Object.fromEntries(tables.map((one: { table: string }) => [one.table, one])), next };
}

/** Lets the queries of cached methods be registered: by items of a seller, and by a table that is not watched. */
async function observe(): Promise<void> {
  node = await ObservedShop.start(url);
  const { shop } = node;
  await node.learn(() => shop.seller(1));
  await until(async () => (await shop.note(1)) === 'first' && node?.reasons.length !== 0);
}

describe('triggers suggest', () => {
  it('says that no query has been observed', async () => {
    expect(await command('suggest')).toEqual({
      code: 0,
      text: expect.stringContaining('has run on this database yet'),
    });
    expect(await suggested()).toEqual({ tables: {}, next: null });
  });

  it('names used tables and columns, which are not watched, and the command that adds them', async () => {
    await observe();
    const { tables, next } = await suggested();
    expect(tables).toMatchObject({
      'public.items': { columns: ['seller_id'], missing: ['seller_id'], isWatched: true, obstacles: [] },
      'public.notes': { columns: ['id'], missing: ['id'], isWatched: false, obstacles: [] },
      'public.sellers': { columns: ['id'], missing: [], isWatched: true, obstacles: [] },
    });
    expect(next).toBe('npx nest-larder triggers install');
    const { code, text } = await command('suggest');
    expect(code).toBe(0);
    const lines = text.split('\n').filter((line) => !line.startsWith(' '));
    expect(lines).toEqual([
      'public.items: seller_id – TO ADD: seller_id',
      'public.notes: id – NOT WATCHED',
      'public.sellers: id – watched',
      'Run `npx nest-larder triggers install`.',
    ]);
    expect((await command('install')).code).toBe(0);
    const after = await suggested();
    expect(Object.values(after.tables)).toMatchObject(Array(3).fill({ missing: [], isWatched: true }));
    expect(after.next).toBeNull();
  });

  it('gives the cost to writers by the benchmark, and as measured here once the server has measured it', async () => {
    await observe();
    const before = (await suggested()).tables['public.items'];
    expect(before.cost).toEqual({ microseconds: 51, from: 'benchmark' });
    expect((await command('suggest')).text).toContain(
      "51 µs to a statement (by Larder's benchmark, not measured here)",
    );
    await run(`set track_functions = pl; ${'update items set price = price + 1 where id = 1; '.repeat(100)}`);
    await until(async () => (await suggested()).tables['public.items'].cost.from === 'measured');
    const { writes, cost } = (await suggested()).tables['public.items'];
    expect(writes.rows).toBeGreaterThanOrEqual(150);
    expect([cost.microseconds > 0, cost.microseconds < 100_000]).toEqual([true, true]);
    expect((await command('suggest')).text).toContain(`${cost.microseconds} µs to a statement (measured here)`);
  });

  it('says why a used table cannot be watched, and suggests no command for it', async () => {
    await observe();
    await run('alter table notes set unlogged');
    await command('install', '--table', 'items:seller_id');
    await run(`delete from larder.uses where table_name = 'public.items'`);
    const { tables, next } = await suggested();
    expect(tables['public.notes'].obstacles).toEqual([expect.stringContaining('public.notes is unlogged')]);
    expect(next).toBeNull();
    expect((await command('suggest')).text).toContain('public.notes: id – CANNOT BE WATCHED');
  });
});
