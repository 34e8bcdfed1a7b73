import 'reflect-metadata';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../src/app.module.js';
import { Database, type Product } from '../src/database.js';

let app: INestApplication;
let url: string;

before(async () => {
  app = await NestFactory.create(AppModule, { logger: ['error'] });
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
});

after(() => app.close());

async function get<T>(path: string, headers: Record<string, string> = {}): Promise<T> {
  const response = await fetch(`${url}${path}`, { headers });
  assert.equal(response.status, 200);
  const text = await response.text();
  return (response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text) as T;
}

/** How many queries a request takes. */
async function cost(path: string): Promise<number> {
  const database = app.get(Database);
  const earlier = database.queries;
  await get(path);
  return database.queries - earlier;
}

test('lists of each category are cached apart', async () => {
  assert.equal((await get<Product[]>('/products')).length, 3);
  assert.deepEqual(
    (await get<Product[]>('/products?category=care')).map(({ name }) => name),
    ['Chalk'],
  );
  assert.deepEqual(
    (await get<Product[]>('/products?category=cues')).map(({ name }) => name),
    ['Cue', 'Break cue'],
  );
  assert.equal(await cost('/products'), 0);
  assert.equal(await cost('/products?category=cues'), 0);
});

test('products are cached by their id', async () => {
  assert.equal((await get<Product>('/products/1')).name, 'Cue');
  assert.equal((await get<Product>('/products/2')).name, 'Chalk');
  assert.equal(await cost('/products/2'), 0);
  assert.equal((await fetch(`${url}/products/none`)).status, 400);
});

test('a sale refreshes the top products', async () => {
  assert.deepEqual(
    (await get<Product[]>('/products/top')).map(({ name }) => name),
    ['Chalk', 'Cue'],
  );
  assert.equal(await cost('/products/top'), 0);
  assert.equal((await fetch(`${url}/products/3/sales`, { method: 'POST' })).status, 204);
  assert.deepEqual(
    (await get<Product[]>('/products/top')).map(({ name }) => name),
    ['Break cue', 'Chalk'],
  );
  assert.equal(await cost('/products/top'), 0);
});

test('orders need the key', async () => {
  assert.equal((await fetch(`${url}/orders/ann`)).status, 403);
  assert.deepEqual(await get('/orders/ann', { 'x-key': 'secret' }), [{ id: 1, customer: 'ann', total: 90 }]);
});
