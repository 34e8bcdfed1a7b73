import assert from 'node:assert/strict';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Cacheable, LarderModule } from 'nest-larder';
import { installTriggers } from 'nest-larder/change-feed';
import type pg from 'pg';

export interface Item {
  readonly id: number;
  readonly price: number;
}

/** What an ORM gives to the proof. Its table is that of `TABLE`. */
export interface Orm {
  /** A name for its table. */
  readonly name: string;
  /** A pool of the copy of `pg` that the ORM uses. */
  readonly pool: pg.Pool;
  /** The pool that the ORM has in place of it. */
  readonly own?: { acquire(...given: never[]): unknown };
  /** The items of a seller, as plain rows, by a query of the ORM. */
  items(seller: number): Promise<readonly Item[]>;
  close(): Promise<void>;
}

const SELLERS = 20;

/** Makes the table of an ORM: `<name>_item (id, seller, price, note)`. Call it before the ORM connects. */
export async function makeTable(name: string, query: (sql: string) => Promise<unknown>): Promise<void> {
  await query(
    `create table if not exists ${name}_item (id int primary key, seller int not null, price int not null, note text)`,
  );
  await query(`truncate ${name}_item`);
  await query(`insert into ${name}_item select i, i % ${SELLERS}, i from generate_series(0, ${2 * SELLERS - 1}) i`);
}

/** Proves that values of an ORM's queries follow plain SQL: `dependsOn: 'queries'`. */
export async function proveAutomatic({ name, pool, own, items, close }: Orm): Promise<void> {
  const url = process.env.DATABASE_URL ?? '';
  await installTriggers(url, [{ table: { schema: 'public', name: `${name}_item` }, columns: ['seller'] }]);
  const loads = new Map<number, number>();
  const reasons: string[] = [];

  @Injectable()
  class Shop {
    @Cacheable({ key: (seller: number) => ['items', seller], ttl: '1h', dependsOn: 'queries' })
    async items(seller: number): Promise<readonly Item[]> {
      loads.set(seller, (loads.get(seller) ?? 0) + 1);
      return items(seller);
    }
  }
  @Module({
    imports: [
      LarderModule.forRoot({
        database: own === undefined ? pool : [pool, own],
        changeFeed: { url },
        onEvent: (event) => {
          if (event.type === 'uncacheable') reasons.push(String(event.error));
        },
      }),
    ],
    providers: [Shop],
  })
  class App {}
  const app = await NestFactory.createApplicationContext(App, { logger: ['error'] });
  const shop = app.get(Shop);
  const all = Array.from({ length: SELLERS }, (_, seller) => seller);
  const priceOf = async (seller: number) => (await shop.items(seller))[0]?.price;
  const sum = () => [...loads.values()].reduce((total, count) => total + count, 0);
  /** Another program: it knows nothing of the cache, nor of the ORM. */
  const change = (sql: string) => pool.query(sql);

  // The first load of a query registers it. Then a value is stored.
  const isStored = async () => {
    await shop.items(1);
    const before = sum();
    await shop.items(1);
    return sum() === before;
  };
  await until('a second read is a hit', isStored, reasons);
  assert.deepEqual(
    (await shop.items(1)).map(({ id, price }) => ({ id, price })),
    [1, 1 + SELLERS].map((id) => ({ id, price: id })),
  );

  // Loads at once, more than the pool has connections: each value depends on its own query alone.
  const areStored = async () => {
    const before = sum();
    await Promise.all(all.map((seller) => shop.items(seller)));
    return sum() === before;
  };
  // A connection that opens meanwhile may keep one from being stored the first time.
  await until('concurrent loads are stored', areStored, reasons);
  for (const seller of [0, 1, 7, SELLERS - 1]) {
    const before = sum();
    await change(`update ${name}_item set price = price + 1000 where seller = ${seller}`);
    await until(`a change of seller ${seller} is seen`, async () => (await priceOf(seller)) === seller + 1000);
    await Promise.all(all.map((one) => shop.items(one)));
    assert.equal(sum(), before + 1, `a change of seller ${seller} reloads no other`);
  }

  // A change that does not matter: a column that no query reads, and the row of another seller.
  const before = sum();
  await change(`update ${name}_item set note = 'x'; update ${name}_item set price = 5 where seller = 3`);
  await until('a change of seller 3 is seen', async () => (await priceOf(3)) === 5);
  await Promise.all(all.map((one) => shop.items(one)));
  assert.equal(sum(), before + 1, 'a change that does not matter reloads nothing');

  await app.close();
  await close();
}

async function until(what: string, holds: () => Promise<boolean>, reasons: readonly string[] = []): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await holds())) {
    assert.ok(performance.now() < deadline, `never: ${what} ${reasons[0] ?? ''}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
