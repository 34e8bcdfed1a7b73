import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Cacheable, LarderModule, type LarderOptions } from 'nest-larder';
import { ChangeFeed, installTriggers, onTable } from 'nest-larder/change-feed';
import { PostgresServer } from '../../support/servers/postgres-server.js';
import { until } from '../../support/until.js';

let server: PostgresServer;
let url: string;

beforeAll(async () => {
  server = await PostgresServer.start();
}, 60_000);
afterAll(() => server.stop());
beforeEach(async () => {
  ({ url } = await server.newDatabase());
  await server.query('create table calls (id int primary key, user_id int)', url);
});

const calls = onTable('calls', {
  columns: ['user_id'],
  invalidate: ({ rows }) => rows.map(({ user_id }) => ['calls', user_id]),
});

@Injectable()
class Calls {
  @Cacheable({ key: (userId: number) => ['calls', userId] })
  async count(userId: number): Promise<number> {
    const [row] = await server.query(`select count(*)::int as count from calls where user_id = ${userId}`, url);
    return row?.count as number;
  }
}

async function started(options: LarderOptions) {
  @Module({ imports: [LarderModule.forRoot(options)], providers: [Calls] })
  class Application {}
  return NestFactory.createApplicationContext(Application, { logger: false, abortOnError: false });
}

describe('a Nest application with the option changeFeed', () => {
  it('serves what plain SQL has changed', async () => {
    await installTriggers(url, [calls]);
    const app = await started({ changeFeed: { url, rules: [calls] } });
    const service = app.get(Calls);
    expect(await service.count(7)).toBe(0);
    await server.query('insert into calls values (1, 7)', url);
    await until(async () => (await service.count(7)) === 1);
    expect(app.get(ChangeFeed).status()).toMatchObject({ state: 'reading', error: undefined, gaps: [] });
    const position = () => app.get(ChangeFeed).status().position;
    const [row] = await server.query('select xid::text, id::text from larder.changes', url);
    expect(position()?.last).toEqual(row);
    await until(() => BigInt(position()?.before ?? 0) > BigInt((row as { xid: string }).xid));
    await server.query('insert into calls values (2, 7)', url);
    await until(() => position()?.last?.id === String(Number(row?.id) + 1));
    await app.close();
    expect(app.get(ChangeFeed).status()).toMatchObject({ state: 'closed', position: undefined });
    expect(await server.query('select name from larder.cursors', url)).toEqual([]);
  });

  it('does not start without the triggers, and names the command to run', async () => {
    await expect(started({ changeFeed: { url, rules: [calls] } })).rejects.toThrow(/npx nest-larder triggers install/);
  });

  it('starts while the database is down, and reads once it is up', async () => {
    await installTriggers(url, [calls]);
    await server.kill();
    const app = await started({ changeFeed: { url, rules: [calls] } });
    expect(app.get(ChangeFeed).status()).toMatchObject({ state: 'waiting', error: { code: 'LARDER_CHANGE_FEED' } });
    await server.launchAgain();
    await until(() => app.get(ChangeFeed).status().state === 'reading');
    await app.close();
  });

  it('has no feed without the option', async () => {
    const app = await started({});
    expect(app.get(ChangeFeed).status().state).toBe('off');
    await app.close();
  });
});
