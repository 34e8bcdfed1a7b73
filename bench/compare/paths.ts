import { createRequire } from 'node:module';
import type { INestApplicationContext } from '@nestjs/common';

/** The exports of a built `nest-larder`. */
export type Library = typeof import('nest-larder');
type Nest = typeof import('@nestjs/core');

const KEYS = 1_000;
const ROUNDS = 20;
const OPTIONS = { ttl: 600_000 };

interface Item {
  readonly id: string;
  readonly name: string;
}

/** The paths of one build of the library by name, each a run of a few milliseconds. */
export type Paths = Readonly<Record<string, () => Promise<unknown>>>;

/** The built library of a checkout. */
export async function libraryOf(root: string): Promise<Library> {
  return (await import(`${root}/libs/larder/dist/index.js`)) as Library;
}

/** @param root the folder of a checkout whose library is built */
export async function pathsInMemory(root: string): Promise<Paths> {
  const entry = `${root}/libs/larder/dist/index.js`;
  const library = await libraryOf(root);
  // Each build uses the Nest installed beside it.
  const nest = (await import(createRequire(entry).resolve('@nestjs/core'))) as Nest;
  const ids = Array.from({ length: KEYS }, (_, id) => String(id));
  const cache = await library.createCache({ onEvent() {} });
  const service = await serviceOf(library, nest);
  const missed = { count: 0 };
  for (const id of ids) {
    await cache.getOrLoad(['items', id], () => itemOf(id), OPTIONS);
    await service.one(id);
  }
  return {
    hit: async () => {
      let length = 0;
      for (let round = 0; round < ROUNDS; round++) {
        for (const id of ids) length += (await cache.getOrLoad(['items', id], () => itemOf(id), OPTIONS)).name.length;
      }
      return length;
    },
    decorated: async () => {
      let length = 0;
      for (let round = 0; round < ROUNDS; round++) for (const id of ids) length += (await service.one(id)).name.length;
      return length;
    },
    miss: async () => {
      missed.count++;
      for (const id of ids) await cache.getOrLoad(['misses', missed.count, id], () => itemOf(id), OPTIONS);
    },
    'miss, asynchronous load': async () => {
      missed.count++;
      for (const id of ids) await cache.getOrLoad(['misses', missed.count, id], () => itemLater(id), OPTIONS);
    },
    invalidate: async () => {
      for (const id of ids) await cache.invalidate(['items', 'none', id]);
    },
  };
}

function itemOf(id: string): Item {
  return { id, name: `Item ${id}` };
}

async function itemLater(id: string): Promise<Item> {
  await undefined;
  return itemOf(id);
}

interface Items {
  one(id: string): Promise<Item>;
}

/** A service with a cached method, created by Nest. The decorator is applied by hand: it belongs to the build. */
async function serviceOf({ Cacheable, LarderModule }: Library, { NestFactory }: Nest): Promise<Items> {
  class Service implements Items {
    async one(id: string): Promise<Item> {
      return itemOf(id);
    }
  }
  const method = Object.getOwnPropertyDescriptor(Service.prototype, 'one') as TypedPropertyDescriptor<Items['one']>;
  Cacheable({ key: (id: string) => ['decorated', id], ttl: '10m' })(Service.prototype, 'one', method);
  Object.defineProperty(Service.prototype, 'one', method);
  class App {}
  const app: INestApplicationContext = await NestFactory.createApplicationContext(
    { module: App, imports: [LarderModule.forRoot()], providers: [Service] },
    { abortOnError: false, logger: false },
  );
  return app.get(Service);
}
