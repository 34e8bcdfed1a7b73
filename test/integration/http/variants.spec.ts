import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Get,
  Headers,
  type MiddlewareConsumer,
  Module,
  Param,
  UseGuards,
  VERSION_NEUTRAL,
  Version,
  type VersioningOptions,
  VersioningType,
} from '@nestjs/common';
import { Cacheable, type CacheEvent } from '../../../libs/larder/src/index.js';
import { FakeClock } from '../../../libs/larder/src/testing/fake-clock.js';
import { ask } from '../../support/http/ask.js';
import { PLATFORMS } from '../../support/http/platforms.js';
import { NestApplications, type Running, type Setting } from '../../support/nest-application.js';

const applications = new NestApplications();
afterEach(() => applications.close());

let loads = 0;
const german = (value = '') => (value.startsWith('de') ? 'de' : 'en');
const GREETINGS: Readonly<Record<string, string>> = { de: 'Hallo', en: 'Hello' };

class LetIn {
  canActivate() {
    return true;
  }
}

@Controller('greetings')
class Greetings {
  @Get(':name')
  @Cacheable({
    key: (name: string) => ['greetings', name],
    scope: 'shared',
    http: { vary: { 'Accept-Language': german }, showKey: true },
  })
  async greet(@Param('name') name: string, @Headers('accept-language') language?: string) {
    return { text: `${GREETINGS[german(language)]} ${name}`, loads: ++loads };
  }

  @Get(':name/fast')
  @Cacheable({
    key: (name: string) => ['fast', name],
    scope: 'shared',
    http: { vary: { 'Accept-Language': german }, fastLane: true },
  })
  async fast(@Param('name') name: string) {
    return { name, loads: ++loads };
  }

  @Get(':name/raw')
  @Cacheable({ key: (name: string) => ['raw', name], scope: 'shared', http: { vary: ['X-Country'] } })
  async raw(@Param('name') name: string, @Headers('x-country') country?: string) {
    return { name, country };
  }

  @Get(':name/mine')
  @Cacheable({ key: () => ['mine'], scope: 'user', http: { vary: { 'Accept-Language': german } } })
  async mine(@Headers('x-user') user: string, @Headers('accept-language') language?: string) {
    return { user, text: GREETINGS[german(language)] };
  }

  @Get(':name/failing')
  @Cacheable({
    key: (name: string) => ['failing', name],
    scope: 'shared',
    http: { vary: { 'Accept-Language': () => undefined as unknown as string } },
  })
  async failing(@Param('name') name: string) {
    return { name, loads: ++loads };
  }

  @Get(':name/open')
  @UseGuards(LetIn)
  @Cacheable({ key: (name: string) => ['open', name], scope: 'shared', http: { public: true } })
  async open(@Param('name') name: string) {
    return { name };
  }
}

let passed: string[] = [];

@Module({})
class Watched {
  configure(consumer: MiddlewareConsumer) {
    consumer
      .apply((request: { url: string }, _response: unknown, next: () => void) => {
        passed.push(request.url);
        next();
      })
      .forRoutes('*');
  }
}

describe.each(PLATFORMS)('the variants of a response, on %s', (_, makeAdapter) => {
  let clock: FakeClock;
  let app: Running;
  let events: CacheEvent[];

  beforeEach(async () => {
    loads = 0;
    events = [];
    clock = new FakeClock();
    app = await applications.start(
      { controllers: [Greetings], imports: [Watched] },
      {
        adapter: makeAdapter(),
        larder: {
          clock,
          identify: ({ headers }) => headers['x-user']?.toString(),
          onEvent: (event) => events.push(event),
        },
      },
    );
    loads = 0;
  });

  const get = (path: string, headers: Readonly<Record<string, string>> = {}) => ask(`${app.url}${path}`, { headers });
  const inLanguage = (path: string, language: string) => get(path, { 'accept-language': language });

  it('serve each client in its own language', async () => {
    for (let round = 0; round < 2; round++) {
      expect((await inLanguage('/greetings/Ada', 'de-AT,de;q=0.8')).body).toContain('Hallo Ada');
      expect((await inLanguage('/greetings/Ada', 'en-GB')).body).toContain('Hello Ada');
      expect((await inLanguage('/greetings/Ada', 'fr')).body).toContain('Hello Ada');
    }
    expect(loads).toBe(2);
    const { headers } = await inLanguage('/greetings/Ada', 'de');
    expect(headers.vary).toBe('Accept-Language');
    expect(headers['cache-status']).toContain('key="greetings:Ada:%vary=accept-language=de"');
  });

  it('are all invalidated by their key', async () => {
    await inLanguage('/greetings/Ada', 'de');
    await inLanguage('/greetings/Ada', 'en');
    await app.cache.invalidate(['greetings', 'Ada']);
    for (const language of ['de', 'en']) {
      expect((await inLanguage('/greetings/Ada', language)).headers['cache-status']).toContain('fwd=miss');
    }
  });

  it('of one user are separate from those of another', async () => {
    const mine = (user: string, language: string) =>
      get('/greetings/x/mine', { 'x-user': user, 'accept-language': language });
    for (let round = 0; round < 2; round++) {
      expect((await mine('alice', 'de')).body).toBe('{"user":"alice","text":"Hallo"}');
      expect((await mine('bob', 'de')).body).toBe('{"user":"bob","text":"Hallo"}');
      expect((await mine('alice', 'en')).body).toBe('{"user":"alice","text":"Hello"}');
    }
  });

  it('are not filled by warming, nor stored for a call without a request', async () => {
    const { loaded, failed } = await app.cache.warm(app.app.get(Greetings).greet, [['warm', 'de']]);
    expect({ loaded, failed, loads }).toEqual({ loaded: 0, failed: [], loads: 0 });
    expect((await inLanguage('/greetings/warm', 'de')).headers['cache-status']).toContain('fwd=miss');
    const controller = app.app.get(Greetings);
    expect(await controller.greet('direct', 'de')).toMatchObject({ text: 'Hallo direct' });
    expect(await controller.greet('direct', 'en')).toMatchObject({ text: 'Hello direct' });
  });

  it('are served by the fast lane, each language', async () => {
    await inLanguage('/greetings/Ada/fast', 'de');
    await inLanguage('/greetings/Ada/fast', 'en');
    passed = [];
    for (const [language, load] of [
      ['de', 1],
      ['en-US', 2],
      ['de-CH', 1],
      ['fr', 2],
    ] as const) {
      const { body, headers } = await inLanguage('/greetings/Ada/fast', language);
      expect(JSON.parse(body).loads).toBe(load);
      expect(headers['cache-status']).toContain('hit');
    }
    expect(passed).toEqual([]);
  });

  it('are bounded in number per minute, for any headers', async () => {
    const from = (country: string) => get('/greetings/Ada/raw', { 'x-country': country });
    for (let index = 0; index < 100; index++) await from(`C${index}`);
    const refused = await from('one-more');
    expect(refused.body).toBe('{"name":"Ada","country":"one-more"}');
    expect(refused.headers['cache-status']).toBe('Larder; fwd=bypass; detail="too many variants"');
    expect((await from('C7')).headers['cache-status']).toContain('hit');
    clock.advance(60_000);
    expect((await from('one-more')).headers['cache-status']).toContain('stored');
    const long = await from('x'.repeat(129));
    expect(long.headers['cache-status']).toBe('Larder; fwd=bypass; detail="header too long"');
  });

  it('tell an absent header from an empty one and from every value', async () => {
    const of = async (headers: Readonly<Record<string, string>>) => (await get('/greetings/A/raw', headers)).body;
    for (let round = 0; round < 2; round++) {
      expect(await of({})).toBe('{"name":"A"}');
      expect(await of({ 'x-country': 'undefined' })).toBe('{"name":"A","country":"undefined"}');
      expect(await of({ 'x-country': '%undefined' })).toBe('{"name":"A","country":"%undefined"}');
    }
  });

  it('run the method and store nothing if a choice is no text', async () => {
    for (let call = 1; call <= 2; call++) {
      const { body, headers } = await get('/greetings/Ada/failing');
      expect(body).toBe(`{"name":"Ada","loads":${call}}`);
      expect(headers['cache-status']).toBe('Larder; fwd=bypass; detail="vary failed"');
    }
    expect(events).toContainEqual(
      expect.objectContaining({
        type: 'vary-failed',
        method: 'Greetings.failing',
        error: expect.objectContaining({ code: 'LARDER_KEY' }),
      }),
    );
  });

  it('are public behind a guard that does not depend on the user', async () => {
    expect((await get('/greetings/Ada/open')).headers['cache-control']).toBe('public, no-cache');
  });
});

@Controller('cats')
class Cats {
  @Get()
  @Version('1')
  @Cacheable({ key: () => ['cats'], scope: 'shared' })
  async first() {
    return { version: 'first' };
  }

  @Get()
  @Version(['2', '3'])
  @Cacheable({ key: () => ['cats'], scope: 'shared' })
  async later(@Headers('x-version') version?: string, @Headers('accept') accept?: string) {
    return { version: version ?? accept };
  }
}

@Controller('dogs')
class Dogs {
  @Get()
  @Version(VERSION_NEUTRAL)
  @Cacheable({ key: () => ['dogs'], scope: 'shared' })
  async any() {
    return { version: 'any' };
  }

  @Get('fast')
  @Cacheable({ key: () => ['dogs', 'fast'], scope: 'shared', http: { fastLane: true } })
  async fast() {
    return { version: 'default' };
  }
}

const VERSIONED: readonly (readonly [
  name: string,
  options: VersioningOptions,
  header: string,
  ask: (version: string) => Record<string, string>,
])[] = [
  [
    'a header',
    { type: VersioningType.HEADER, header: 'X-Version' },
    'X-Version',
    (version) => ({ 'x-version': version }),
  ],
  [
    'the media type',
    { type: VersioningType.MEDIA_TYPE, key: 'v=' },
    'Accept',
    (version) => ({ accept: `application/json;v=${version}` }),
  ],
  [
    'an extractor',
    {
      type: VersioningType.CUSTOM,
      extractor: (request) => (request as { headers: Record<string, string> }).headers['x-version'] ?? '',
    },
    '*',
    (version) => ({ 'x-version': version }),
  ],
];
const WAYS = PLATFORMS.flatMap(([platform, makeAdapter]) =>
  VERSIONED.map(([name, options, header, asking]) => [name, platform, makeAdapter, options, header, asking] as const),
);

describe.each(WAYS)('versions by %s, on %s', (_, _platform, makeAdapter, options, header, asking) => {
  const start = (more: object = {}, setting: Setting = {}, controllers = [Cats]) =>
    applications.start(
      { controllers: controllers as never[] },
      {
        adapter: makeAdapter(),
        prepare: (app) => app.enableVersioning({ ...options, ...more } as VersioningOptions),
        ...setting,
      },
    );

  it('are cached separately, and named by Vary', async () => {
    const { url } = await start();
    for (let round = 0; round < 2; round++) {
      for (const version of ['1', '2', '3']) {
        const { body, headers } = await ask(`${url}/cats`, { headers: asking(version) });
        const expected = version === '1' ? 'first' : (asking(version)['x-version'] ?? asking(version).accept);
        expect(JSON.parse(body)).toEqual({ version: expected });
        expect(headers.vary).toBe(header);
        expect(headers['cache-status']).toContain(round === 0 ? 'fwd=miss; stored' : 'hit');
      }
    }
  });

  it('are warmed where a method has one version', async () => {
    const { app, url, cache } = await start();
    const cats = app.get(Cats);
    expect(await cache.warm(cats.first, [[]])).toMatchObject({ loaded: 1 });
    expect((await ask(`${url}/cats`, { headers: asking('1') })).headers['cache-status']).toContain('hit');
    expect(await cache.warm(cats.later, [[undefined, undefined]])).toMatchObject({ loaded: 0, failed: [] });
  });

  it('cannot use the fast lane, also by default', async () => {
    const started = start({ defaultVersion: '1' }, {}, [Dogs] as never);
    await expect(started).rejects.toMatchObject({
      code: 'LARDER_DECORATOR',
      message: expect.stringContaining('Dogs.fast cannot use the fast lane: it has a version'),
    });
  });
});
