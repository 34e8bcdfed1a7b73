import 'reflect-metadata';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CatalogModule } from '../src/catalog.module.js';
import { CatalogService } from '../src/catalog.service.js';
import { RatesService } from '../src/rates.service.js';
import { Store } from '../src/store.js';

let app: INestApplicationContext;
let catalog: CatalogService;
let rates: RatesService;

before(async () => {
  app = await NestFactory.createApplicationContext(CatalogModule, { logger: ['error'] });
  catalog = app.get(CatalogService);
  rates = app.get(RatesService);
});

after(() => app.close());

async function cost(work: () => Promise<unknown>): Promise<number> {
  const store = app.get(Store);
  const earlier = store.queries;
  await work();
  return store.queries - earlier;
}

test('a book is loaded once, and again after it was saved', async () => {
  assert.equal((await catalog.findOne('1'))?.price, 20);
  assert.equal(await cost(() => catalog.findOne('1')), 0);
  assert.equal((await catalog.findAll()).length, 2);
  await catalog.save({ isbn: '1', title: 'Break and run', price: 25 });
  assert.equal((await catalog.findOne('1'))?.price, 25);
  assert.deepEqual(
    (await catalog.findAll()).map(({ price }) => price),
    [25, 15],
  );
  assert.equal(await cost(() => catalog.findAll()), 0);
});

test('a missing book is asked for each time', async () => {
  assert.equal(await catalog.findOne('none'), null);
  assert.equal(await cost(() => catalog.findOne('none')), 1);
});

test('the cheapest titles are cached by their number', async () => {
  assert.deepEqual(await catalog.cheapest(1), ['Straight pool']);
  assert.deepEqual(await catalog.cheapest(2), ['Straight pool', 'Break and run']);
  assert.equal(await cost(() => catalog.cheapest(2)), 0);
});

test('rates are cached, and their calls counted', async () => {
  assert.equal(await rates.rate('USD'), 1.1);
  assert.equal(await cost(() => rates.rate('USD')), 0);
  assert.equal(rates.asked, 2);
  assert.equal(await rates.regional('EUR'), 1);
  assert.equal(await cost(() => rates.regional('EUR')), 0);
});

test('a caller may change the table that it gets', async () => {
  assert.deepEqual(await rates.table(), { EUR: 1 });
  assert.deepEqual(await rates.converted(10), { EUR: 10 });
});

test('a pinned rate stays', async () => {
  await rates.pin('CHF', 0.95);
  assert.equal(await rates.pinned('CHF'), 0.95);
});
