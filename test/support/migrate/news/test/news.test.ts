import 'reflect-metadata';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../src/app.module.js';
import { Articles, NewsController } from '../src/articles.js';

/** Two processes of the application. */
const apps: INestApplication[] = [];

before(async () => {
  for (let count = 0; count < 2; count++) {
    const app = await NestFactory.create(AppModule, { logger: ['error'] });
    await app.listen(0, '127.0.0.1');
    apps.push(app);
  }
});

after(async () => {
  for (const app of apps) await app.close();
  // The clients of Keyv keep their connections.
  setImmediate(() => process.exit());
});

async function get(app: INestApplication, tenant: string): Promise<unknown> {
  const response = await fetch(`${await app.getUrl()}/news/latest/sport`, { headers: { 'x-tenant': tenant } });
  return response.json();
}

test('the responses of each tenant are cached apart, for all processes', async () => {
  const [one, other] = apps as [INestApplication, INestApplication];
  const articles = [{ id: '1', title: 'sport 1' }];
  assert.deepEqual(await get(one, 'a'), { tenant: 'a', articles });
  assert.deepEqual(await get(one, 'b'), { tenant: 'b', articles });
  assert.deepEqual(await get(one, 'a'), { tenant: 'a', articles });
  assert.deepEqual(await get(other, 'a'), { tenant: 'a', articles });
  assert.equal(one.get(NewsController).requests, 2);
  assert.equal(other.get(NewsController).requests, 0);
  assert.equal(one.get(Articles).loads, 1);
  assert.equal(other.get(Articles).loads, 0);
});

test('what was published is loaded again', async () => {
  const [one] = apps as [INestApplication];
  const response = await fetch(`${await one.getUrl()}/news/latest/sport`, { method: 'POST' });
  assert.deepEqual(await response.json(), { title: 'sport 2' });
  assert.deepEqual(await one.get(Articles).latest('sport'), [{ id: '1', title: 'sport 2' }]);
});
