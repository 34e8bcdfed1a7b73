import 'reflect-metadata';
import { deepEqual, equal, ok } from 'node:assert/strict';
import { Test } from '@nestjs/testing';
import { Cache, LarderError, tag } from 'nest-larder';
import { FakeClock } from 'nest-larder/testing';
import { Items, ItemsModule } from './items.js';

// From Jest or from Vitest.
declare const it: (name: string, run: () => Promise<void>) => void;

it('caches a method until its key is invalidated', async () => {
  const module = await Test.createTestingModule({ imports: [ItemsModule] }).compile();
  await module.init();
  const items = module.get(Items);
  const cache = module.get(Cache);
  deepEqual(await items.one('7'), { id: '7', loads: 1 });
  deepEqual(await items.one('7'), { id: '7', loads: 1 });
  await cache.invalidate(['items', '7'], tag('none'));
  deepEqual(await items.one('7'), { id: '7', loads: 2 });
  equal(module.get(ItemsModule).cache, cache);
  const error: unknown = await cache.get([Symbol('none')] as never).catch((caught: unknown) => caught);
  ok(error instanceof LarderError);
  ok(new FakeClock().now() > 0);
  await module.close();
});
