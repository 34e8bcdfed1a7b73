import { inspect, isDeepStrictEqual } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  ClassSerializerInterceptor,
  Controller,
  Get,
  type INestApplication,
  Module,
  Param,
  UseInterceptors,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Exclude, Expose } from 'class-transformer';
import fc from 'fast-check';
import { type Cache, Cacheable, type CacheEvent, createCache, LarderModule } from '../../../libs/larder/src/index.js';
import { json } from '../../support/nest-application.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

let server: RedisServer;
let caches: Cache[];
let apps: INestApplication[];

beforeEach(async () => {
  server = await RedisServer.start();
  caches = [];
  apps = [];
});

afterEach(async () => {
  await Promise.all([...caches.map((cache) => cache.close()), ...apps.map((app) => app.close())]);
  await server.stop();
});

async function node(): Promise<Cache> {
  const cache = await createCache({ redis: server.url, redisTimeout: '5s' });
  caches.push(cache);
  return cache;
}

const leaf = fc.oneof(
  fc.anything({ maxDepth: 0, withBigInt: true, withDate: true, withTypedArray: true, withUnicodeString: true }),
  fc.constantFrom(undefined, Number.NaN, -0, Number.POSITIVE_INFINITY, new Date(Number.NaN), 2n ** 70n, -1n),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  fc.date({ noInvalidDate: false }),
);

const { value: nested } = fc.letrec<{ value: unknown; name: string; error: Error }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(tie('name'), tie('value'), { maxKeys: 5 }),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 4 }).map((pairs) => new Map(pairs)),
    fc.array(tie('value'), { maxLength: 4 }).map((values) => new Set(values)),
    tie('error'),
  ),
  name: fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'toString', 'then_', 'ünï')),
  error: fc
    .tuple(
      fc.constantFrom(Error, TypeError, RangeError),
      fc.string(),
      tie('value'),
      fc.dictionary(fc.string({ minLength: 1 }), tie('value')),
    )
    .map(([Kind, message, cause, members]) => {
      const error = new Kind(message, { cause });
      for (const [name, value] of Object.entries(members)) {
        Object.defineProperty(error, `own ${name}`, { value, enumerable: true, writable: true, configurable: true });
      }
      return error;
    }),
}));

/** A value as text, with all its members. */
function seen(value: unknown): string {
  return inspect(value, {
    depth: null,
    maxArrayLength: null,
    maxStringLength: null,
    compact: true,
    breakLength: Infinity,
  });
}

describe('plain data of every kind', () => {
  it('is the same on a miss, on a hit in memory and on a hit in Redis', async () => {
    const [loader, reader] = [await node(), await node()];
    let run = 0;
    await fc.assert(
      fc.asyncProperty(nested, async (value) => {
        fc.pre(value !== undefined && value !== null);
        const before = seen(value);
        const key = ['values', run++] as const;
        const missed = await loader.getOrLoad(key, () => value);
        const hit = await loader.getOrLoad(key, () => Promise.reject(new Error('This was no hit.')));
        await until(() => reader.has(key));
        const shared = await reader.get(key);
        for (const found of [missed, hit, shared]) expect(seen(found)).toBe(before);
        // Node's deep comparison treats an invalid date as different from itself.
        if (!before.includes('Invalid Date')) expect(isDeepStrictEqual(shared, value)).toBe(true);
      }),
      { numRuns: 200 },
    );
    expect(reader.stats().shared?.discarded).toBe(0);
    expect(loader.stats().uncacheable).toBe(0);
  });
});

class Entity {
  id = 1;
}

const cycle: { items: unknown[] } = { items: [] };
cycle.items.push({ parent: cycle });

describe('values that cannot be restored', () => {
  it.each<[string, unknown, string]>([
    ['a function', { items: [{ run: () => 1 }] }, 'value.items[0].run is a function'],
    ['an instance of a class that is not named', { owner: new Entity() }, 'value.owner is an instance of Entity'],
    ['a cycle', cycle, 'value.items[0].parent contains itself'],
  ])('is refused by the first call, by name and path: %s', async (_, value, message) => {
    @Controller()
    class Values {
      loads = 0;

      @Get()
      @Cacheable({ key: () => ['value'], scope: 'shared' })
      async find(): Promise<unknown> {
        this.loads++;
        return value;
      }
    }
    const events: CacheEvent[] = [];
    const larder = LarderModule.forRoot({ redis: server.url, onEvent: (event) => events.push(event) });
    @Module({ imports: [larder], controllers: [Values] })
    class App {}
    const app = await NestFactory.create(App, { logger: false });
    apps.push(app);
    await app.init();

    expect(await app.get(Values).find()).toBe(value);
    const uncacheable = events.filter(({ type }) => type === 'uncacheable');
    expect(uncacheable).toHaveLength(1);
    expect(String((uncacheable[0] as { error: unknown }).error)).toContain(
      `The value of Values.find cannot be cached: ${message}`,
    );
    expect(await app.get(Values).find()).toBe(value);
    expect(app.get(Values).loads).toBe(2);
    await expect((await node()).set(['value'], value)).rejects.toThrow(
      `The value of value cannot be cached: ${message}`,
    );
  });
});

class Player {
  readonly id: string;
  @Exclude() readonly password = 'secret';
  readonly joinedAt = new Date('2026-01-02T03:04:05Z');

  constructor(id: string) {
    this.id = id;
  }

  @Expose() get label(): string {
    return `Player ${this.id}`;
  }
}

let loads = 0;

@Controller('players')
@UseInterceptors(ClassSerializerInterceptor)
class Players {
  @Get(':id')
  @Cacheable({ key: (id: string) => ['players', id] })
  async one(@Param('id') id: string): Promise<Player> {
    loads++;
    return new Player(id);
  }
}

it('an entity is restored as its class, so that its hidden fields stay hidden', async () => {
  const start = async () => {
    const larder = LarderModule.forRoot({ redis: server.url, redisTimeout: '5s', classes: { player: Player } });
    @Module({ imports: [larder], controllers: [Players] })
    class App {}
    const app = await NestFactory.create(App, { logger: false });
    apps.push(app);
    await app.listen(0, '127.0.0.1');
    return app.getUrl();
  };
  const [one, other] = [await start(), await start()];
  const body = { id: '7', label: 'Player 7', joinedAt: '2026-01-02T03:04:05.000Z' };
  const reader = await node();
  expect(await json(`${one}/players/7`)).toEqual(body);
  // Only a reader that names the class can restore it.
  await until(async () => {
    await reader.has(['players', '7']);
    return (reader.stats().shared?.discarded ?? 0) > 0;
  });
  expect(await json(`${one}/players/7`)).toEqual(body);
  expect(await json(`${other}/players/7`)).toEqual(body);
  expect(loads).toBe(1);
});
