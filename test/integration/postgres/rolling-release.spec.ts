import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { installTriggers, triggersStatus } from 'nest-larder/change-feed';
import { Client } from 'pg';
import { Application } from '../../support/change-feed/application.js';
import { ITEMS, itemsRule, readItems, staleItems } from '../../support/change-feed/items.js';
import { PostgresServer } from '../../support/servers/postgres-server.js';
import { until } from '../../support/until.js';

const FORMER = new URL('../../support/former-release/triggers-of-items.sql', import.meta.url);
const COUNT = 200;
const all = Array.from({ length: COUNT }, (_, id) => id);

let server: PostgresServer;
let url: string;
let ends: (() => Promise<unknown>)[];

beforeAll(async () => {
  server = await PostgresServer.start();
}, 60_000);
afterAll(() => server.stop());
/** A database with the triggers of the former release. */
beforeEach(async () => {
  ends = [];
  ({ url } = await server.newDatabase());
  await run(`${ITEMS}; insert into items select i, 0 from generate_series(0, ${COUNT - 1}) i`);
  await run(`begin; ${await readFile(FORMER, 'utf8')} commit`);
});
afterEach(async () => {
  for (const end of ends.reverse()) await end();
});

const run = (sql: string) => server.query(sql, url);

async function started(): Promise<Application> {
  const application = await Application.start({ database: url, feed: { url, rules: [itemsRule] } });
  ends.push(() => application.stop());
  return application;
}

it('reads what the triggers of the former release write, and reports that they are outdated', async () => {
  const application = await started();
  expect(application.feed.status()).toMatchObject({ state: 'reading', gaps: [] });
  expect(application.countOf('feed-outdated')).toBe(1);
  await readItems(application, all);
  for (const sql of ['update items set value = 1 where id < 9', 'delete from items where id = 9', 'truncate items']) {
    await run(sql);
    await until(async () => (await staleItems(application, url)).length === 0, 5000);
  }
  expect((await triggersStatus(url))[0]?.problems).toEqual([expect.stringContaining('of the former release')]);
});

it('does not start with incomplete triggers of the former release', async () => {
  await run('alter table items drop constraint items_pkey');
  await expect(started()).rejects.toMatchObject({ code: 'LARDER_CHANGE_FEED' });
});

it('loses no change, and fails no write, while the triggers are upgraded', async () => {
  const application = await started();
  await readItems(application, all);
  let isOver = false;
  let writes = 0;
  const write = async (first: number) => {
    const client = new Client({ connectionString: url });
    await client.connect();
    for (let id = first; !isOver; id = (id + 7) % COUNT) {
      await client.query('begin');
      await client.query('update items set value = value + 1 where id = $1', [id]);
      await client.query('commit');
      writes++;
    }
    await client.end();
  };
  const writers = [0, 1, 2].map(write);
  await until(() => writes > 50);
  await installTriggers(url, []);
  const before = writes;
  await until(() => writes > before + 50);
  isOver = true;
  await Promise.all(writers);
  await until(async () => (await staleItems(application, url)).length === 0, 10_000);
  const formats = await run('select distinct changed is null as old from larder.changes order by 1');
  expect(formats).toEqual([{ old: false }, { old: true }]);
  expect((await triggersStatus(url))[0]?.problems).toEqual([]);
  const faults = application.events.filter(({ type }) => type === 'feed-lost' || type === 'feed-rule-failed');
  expect(faults.map((fault) => 'error' in fault && String(fault.error))).toEqual([]);
  await run('update items set value = -1');
  await until(async () => (await staleItems(application, url)).length === 0, 5000);
}, 60_000);

it('reads a log of a later release that declares itself compatible', async () => {
  await installTriggers(url, []);
  await run(
    'update larder.readers set readable_from = 2; alter table larder.changes add column more text; update larder.state set format = 9',
  );
  const application = await started();
  await readItems(application, all);
  await run('update items set value = 1');
  await until(async () => (await staleItems(application, url)).length === 0, 5000);
  await expect(installTriggers(url, [])).rejects.toThrow(/of a later release/);
});
