import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Query, ValidationPipe } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, IsOptional, IsString } from 'class-validator';
import { Cacheable, type CacheEvent } from '../../../libs/larder/src/index.js';
import { ask } from '../../support/http/ask.js';
import { PLATFORMS } from '../../support/http/platforms.js';
import { NestApplications, type Running, type Setting } from '../../support/nest-application.js';

const applications = new NestApplications();
let calls: unknown[];

afterEach(() => applications.close());

class Validated {
  @IsOptional() @IsString() sort?: string;
  @IsOptional() @IsInt() @Transform(({ value }) => Number(value)) page?: number;
}

class Narrower extends Validated {
  @IsOptional() @IsString() city?: string;
}

class Described {
  @ApiPropertyOptional() sort?: string;
  @ApiPropertyOptional() page?: string;
}

class Initialised {
  sort = 'name';
  page = '1';
}

interface Typed {
  sort?: string;
}

const noted = (query: unknown) => {
  calls.push(query);
  return { calls: calls.length };
};

@Controller('items')
class Items {
  @Get('named')
  @Cacheable({ key: (sort: string, page: string) => ['named', sort, page], scope: 'shared' })
  async named(@Query('sort') sort: string, @Query('page') page: string) {
    return noted({ sort, page });
  }

  @Get('none')
  @Cacheable({ key: () => ['none'], scope: 'shared' })
  async none() {
    return noted(undefined);
  }

  @Get('validated')
  @Cacheable({ key: (query: Validated) => ['validated', { ...query }], scope: 'shared' })
  async validated(@Query() query: Validated) {
    return noted(query);
  }

  @Get('narrower')
  @Cacheable({ key: (query: Narrower) => ['narrower', query as never], scope: 'shared' })
  async narrower(@Query() query: Narrower) {
    return noted(query);
  }

  @Get('described')
  @Cacheable({ key: (query: Described) => ['described', query as never], scope: 'shared' })
  async described(@Query() query: Described) {
    return noted(query);
  }

  @Get('initialised')
  @Cacheable({ key: (query: Initialised) => ['initialised', query as never], scope: 'shared' })
  async initialised(@Query() query: Initialised) {
    return noted(query);
  }

  @Get('typed')
  @Cacheable({ key: (query: Typed) => ['typed', query as never], scope: 'shared' })
  async typed(@Query() query: Typed) {
    return noted(query);
  }

  @Get('picked')
  @Cacheable({ key: ({ sort }: Typed) => ['picked', sort], scope: 'shared' })
  async picked(@Query() query: Typed) {
    return noted(query);
  }
}

const NOISE = [
  'sort=name&page=2',
  'page=2&sort=name',
  'sort=name&page=2&nonce=1',
  'nonce=2&sort=name&nonce=3&page=2',
  'page=2&sort=name&utm_source=a&utm_source=b&constructor=x&__proto__=y',
  'sort=name&page=2&nonce%5Ba%5D=1&=&&a',
];

describe.each(PLATFORMS)('on %s', (_platform, makeAdapter) => {
  let app: Running;
  let events: CacheEvent[];

  beforeEach(() => {
    calls = [];
    events = [];
  });

  const start = (prepare?: Setting['prepare']) =>
    applications.start(
      { controllers: [Items] },
      { adapter: makeAdapter(), larder: { onEvent: (event) => events.push(event) }, ...(prepare && { prepare }) },
    );
  const get = (path: string) => ask(`${app.url}/items/${path}`);

  it.each(['named', 'none', 'validated', 'narrower', 'described', 'initialised', 'picked'])(
    'what %s does not declare makes no new key, whatever its order and repetition',
    async (path) => {
      app = await start();
      for (const query of NOISE)
        expect(await get(`${path}?${query}`)).toMatchObject({ status: 200, body: '{"calls":1}' });
      expect(app.cache.stats().entries).toBe(1);
      expect(events).toEqual([]);
    },
  );

  it.each(['named', 'validated', 'narrower', 'described', 'initialised'])(
    'what %s declares makes a key of its own',
    async (path) => {
      app = await start();
      for (const query of ['sort=name', 'sort=price', 'sort=name&page=2', 'page=2']) await get(`${path}?${query}`);
      expect(app.cache.stats().entries).toBe(4);
    },
  );

  it('a subclass that declares more parameters keeps those of its parent', async () => {
    app = await start();
    await get('narrower?city=Kiel');
    await get('narrower?city=Bonn');
    expect(app.cache.stats().entries).toBe(2);
  });

  it('a method receives only the parameters in its key, so that its response cannot depend on others', async () => {
    app = await start();
    await get('validated?sort=name&secret=1');
    await get('typed?sort=name');
    expect(calls.map((query) => ({ ...(query as object) }))).toEqual([{ sort: 'name' }, { sort: 'name' }]);
  });

  it('works with a ValidationPipe that creates instances', async () => {
    app = await start((nest) => nest.useGlobalPipes(new ValidationPipe({ transform: true })));
    for (const query of NOISE) {
      expect(await get(`narrower?${query}`)).toMatchObject({ status: 200, body: '{"calls":1}' });
    }
    expect(calls[0]).toBeInstanceOf(Narrower);
    expect(calls[0]).toMatchObject({ sort: 'name', page: 2 });
  });

  it('warns once that a whole query became part of a key', async () => {
    app = await start();
    await get('typed?nonce=1');
    await get('typed?nonce=2');
    expect(new Set(events.map((event) => JSON.stringify(event)))).toEqual(
      new Set([JSON.stringify({ type: 'query-undeclared', method: 'Items.typed' })]),
    );
  });
});

it('100,000 different unknown query strings make one entry', async () => {
  calls = [];
  const [, makeAdapter] = PLATFORMS[1] as (typeof PLATFORMS)[number];
  const { cache, url } = await applications.start({ controllers: [Items] }, { adapter: makeAdapter() });
  const paths = Array.from({ length: 100_000 }, (_, nonce) => `/items/validated?sort=name&nonce${nonce % 7}=${nonce}`);
  expect(await successesOf(new URL(url), paths)).toBe(100_000);
  const { entries, hits, loads, misses } = cache.stats();
  expect({ entries, loads, calls: hits + misses }).toEqual({ entries: 1, loads: 1, calls: 100_000 });
}, 300_000);

/** Pipelines all requests on one connection, and counts the responses with status 200. */
async function successesOf({ hostname, port }: URL, paths: readonly string[]): Promise<number> {
  const socket = connect(Number(port), hostname);
  const lines = paths.map((path, place) => {
    const last = place === paths.length - 1 ? 'Connection: close\r\n' : '';
    return `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${last}\r\n`;
  });
  socket.write(lines.join(''));
  let successes = 0;
  let rest = '';
  for await (const chunk of socket) {
    const answers = (rest + chunk).split('HTTP/1.1 200 OK');
    successes += answers.length - 1;
    rest = (answers.at(-1) as string).slice(-14);
  }
  return successes;
}
