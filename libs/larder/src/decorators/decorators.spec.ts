import { afterEach, describe, expect, it } from '@jest/globals';
import {
  applyDecorators,
  Controller,
  Get,
  HttpCode,
  Injectable,
  type MiddlewareConsumer,
  Module,
  type ModuleMetadata,
  Param,
  ParseIntPipe,
  Patch,
  Query,
  Res,
  Scope,
  SetMetadata,
  Sse,
  type Type,
  UseGuards,
} from '@nestjs/common';
import { ContextIdFactory, NestFactory, Reflector } from '@nestjs/core';
import { Observable, of } from 'rxjs';
import {
  Cache,
  Cacheable,
  CacheInvalidate,
  CacheKey,
  CacheWriteThrough,
  LarderDecoratorError,
  LarderKeyError,
  LarderModule,
  LarderOptionsError,
  pattern,
  tag,
} from '../index.js';

const running: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((app) => app.close()));
});

async function start(metadata: ModuleMetadata) {
  @Module({ ...metadata, imports: [LarderModule.forRoot(), ...(metadata.imports ?? [])] })
  class App {
    configure(_consumer: MiddlewareConsumer) {}
  }
  const app = await NestFactory.create(App, { logger: false, abortOnError: false });
  running.push(app);
  await app.listen(0, '127.0.0.1');
  return { app, url: await app.getUrl(), cache: app.get(Cache) };
}

async function json(url: string, init?: RequestInit): Promise<unknown> {
  return (await fetch(url, init)).json();
}

describe('@Cacheable', () => {
  it('answers a provider’s second call from the cache, with the same frozen object', async () => {
    @Injectable()
    class Tournaments {
      loads = 0;

      @Cacheable({ key: (id: string) => ['tournaments', id], ttl: '10m' })
      async one(id: string) {
        this.loads++;
        return { id };
      }
    }
    const { app, cache } = await start({ providers: [Tournaments] });
    const tournaments = app.get(Tournaments);
    const first = await tournaments.one('1');
    expect(await tournaments.one('1')).toBe(first);
    expect(await tournaments.one('2')).toEqual({ id: '2' });
    expect(tournaments.loads).toBe(2);
    expect(() => Object.assign(first, { id: 'x' })).toThrow(TypeError);
    expect(cache.stats().methods).toMatchObject({ 'Tournaments.one': { hits: 1, misses: 2, loads: 2 } });
    expect(tournaments.one.name).toBe('one');
    expect(tournaments.one).toHaveLength(1);
  });

  it('looks up after guards and pipes of a route', async () => {
    let allowed = true;
    let loads = 0;
    class Guard {
      canActivate() {
        return allowed;
      }
    }
    @Controller('items')
    class Items {
      @Get(':id')
      @UseGuards(Guard)
      @Cacheable({ key: (id: number) => ['items', id] })
      async one(@Param('id', ParseIntPipe) id: number) {
        loads++;
        return { id };
      }
    }
    const { url } = await start({ controllers: [Items] });
    expect(await json(`${url}/items/1`)).toEqual({ id: 1 });
    expect(await json(`${url}/items/1`)).toEqual({ id: 1 });
    expect(loads).toBe(1);
    expect((await fetch(`${url}/items/not-a-number`)).status).toBe(400);
    allowed = false;
    expect((await fetch(`${url}/items/1`)).status).toBe(403);
  });

  it('stands in any order with other decorators, and keeps their metadata', async () => {
    const Marked = () => applyDecorators(SetMetadata('mark', 'there'), HttpCode(202));
    @Controller()
    class Orders {
      loads = 0;

      @Cacheable({ key: () => ['above'] })
      @Get('above')
      @Marked()
      async above() {
        return { loads: ++this.loads };
      }

      @Get('below')
      @Marked()
      @Cacheable({ key: () => ['below'] })
      async below() {
        return { loads: ++this.loads };
      }

      @Get('between')
      @Cacheable({ key: () => ['between'] })
      @Marked()
      async between() {
        return { loads: ++this.loads };
      }
    }
    const { url, app } = await start({ controllers: [Orders] });
    for (const [index, route] of (['above', 'below', 'between'] as const).entries()) {
      for (let call = 0; call < 2; call++) {
        const response = await fetch(`${url}/${route}`);
        expect(response.status).toBe(202);
        expect(await response.json()).toEqual({ loads: index + 1 });
      }
      expect(app.get(Reflector).get('mark', Orders.prototype[route])).toBe('there');
    }
  });

  it('works in request-scoped and transient providers', async () => {
    let loads = 0;
    @Injectable({ scope: Scope.REQUEST })
    class PerRequest {
      @Cacheable({ key: (id: string) => ['request', id] })
      async one(id: string) {
        return { id, loads: ++loads };
      }
    }
    @Injectable({ scope: Scope.TRANSIENT })
    class PerUse {
      @Cacheable({ key: (id: string) => ['transient', id] })
      async one(id: string) {
        return { id, loads: ++loads };
      }
    }
    @Controller({ path: 'scoped', scope: Scope.REQUEST })
    class Scoped {
      constructor(
        private readonly perRequest: PerRequest,
        private readonly perUse: PerUse,
      ) {}

      @Get()
      async both() {
        return [await this.perRequest.one('a'), await this.perUse.one('b')];
      }
    }
    const { app, url } = await start({ controllers: [Scoped], providers: [PerRequest, PerUse] });
    const first = await json(`${url}/scoped`);
    expect(await json(`${url}/scoped`)).toEqual(first);
    expect(loads).toBe(2);
    const resolved = await app.resolve(PerRequest, ContextIdFactory.create());
    expect(await resolved.one('a')).toEqual({ id: 'a', loads: 1 });
  });

  it('is inherited, also beside decorators of the subclass', async () => {
    abstract class Repository {
      loads = 0;

      @Cacheable({ key: (id: string) => ['base', id] })
      async one(id: string) {
        return `${id}${++this.loads}`;
      }

      @Cacheable({ key: () => ['overridden'] })
      async all() {
        return `base${++this.loads}`;
      }
    }
    @Injectable()
    class Items extends Repository {
      @Cacheable({ key: () => ['own'] })
      async own() {
        return `own${++this.loads}`;
      }

      override async all() {
        return `not cached ${++this.loads}, ${await super.all()}`;
      }
    }
    const { app } = await start({ providers: [Items] });
    const items = app.get(Items);
    expect([await items.one('a'), await items.one('a')]).toEqual(['a1', 'a1']);
    expect([await items.own(), await items.own()]).toEqual(['own2', 'own2']);
    expect([await items.all(), await items.all()]).toEqual(['not cached 3, base4', 'not cached 5, base4']);
  });

  it('reaches instances that a factory made', async () => {
    class Made {
      loads = 0;

      @Cacheable({ key: () => ['made'] })
      async value() {
        return ++this.loads;
      }
    }
    const { app } = await start({ providers: [{ provide: 'MADE', useFactory: () => new Made() }] });
    const made = app.get<Made>('MADE');
    expect([await made.value(), await made.value()]).toEqual([1, 1]);
  });

  it('just runs on an instance that Nest did not make', async () => {
    class Service {
      loads = 0;

      @Cacheable({ key: () => ['service'] })
      async value() {
        return ++this.loads;
      }
    }
    const service = new Service();
    expect([await service.value(), await service.value()]).toEqual([1, 2]);
  });

  it('keeps two applications in one process apart', async () => {
    @Injectable()
    class Service {
      loads = 0;

      @Cacheable({ key: () => ['service'] })
      async value() {
        return { loads: ++this.loads };
      }
    }
    const [one, other] = [await start({ providers: [Service] }), await start({ providers: [Service] })];
    const value = await one.app.get(Service).value();
    expect(await other.app.get(Service).value()).not.toBe(value);
    await one.cache.invalidate(pattern('*'));
    expect(await other.app.get(Service).value()).toEqual({ loads: 1 });
    expect(await one.app.get(Service).value()).toEqual({ loads: 2 });
  });

  it('leaves calls alone for which `when` answers false, and tags the others', async () => {
    @Injectable()
    class Items {
      loads = 0;

      @Cacheable({
        key: (venue: string) => ['items', venue],
        when: (_venue: string, preview = false) => !preview,
        tags: (venue: string) => [tag(`venue:${venue}`)],
      })
      async list(venue: string, _preview = false) {
        return `${venue}${++this.loads}`;
      }
    }
    const { app, cache } = await start({ providers: [Items] });
    const items = app.get(Items);
    expect([await items.list('7', true), await items.list('7'), await items.list('7')]).toEqual(['71', '72', '72']);
    await cache.invalidate(tag('venue:7'));
    expect(await items.list('7')).toBe('73');
  });

  it('lets errors of the method through unchanged, and does not store them', async () => {
    const failure = new Error('no such table');
    @Injectable()
    class Items {
      calls = 0;

      @Cacheable({ key: () => ['items'] })
      async list(): Promise<string> {
        if (++this.calls === 1) throw failure;
        return 'there';
      }
    }
    const { app } = await start({ providers: [Items] });
    await expect(app.get(Items).list()).rejects.toBe(failure);
    expect(await app.get(Items).list()).toBe('there');
  });

  it('names the method whose key cannot be built', async () => {
    @Injectable()
    class Items {
      @Cacheable({ key: (filter: object) => ['items', filter as never] })
      async list(_filter: object) {
        return 1;
      }
    }
    const { app } = await start({ providers: [Items] });
    const answer = app.get(Items).list({ since: new (class Moment {})() });
    await expect(answer).rejects.toBeInstanceOf(LarderKeyError);
    await expect(answer).rejects.toThrow(
      'The cache key of Items.list cannot be built: key[1].since is an instance of Moment.',
    );
  });

  it('refuses options that do not hold what they take where they stand', () => {
    const decorate = () => Cacheable({ key: () => ['k'], ttl: 'soon' as never })({}, 'list', { value: async () => 1 });
    expect(decorate).toThrow(LarderOptionsError);
    expect(decorate).toThrow("ttl of Object.list is 'soon'");
  });

  it('counts under the name that @CacheKey gives, in either order', async () => {
    @Injectable()
    class Items {
      @CacheKey('items.first')
      @Cacheable({ key: () => ['a'] })
      async a() {
        return 1;
      }

      @Cacheable({ key: () => ['b'] })
      @CacheKey('items.second')
      async b() {
        return 1;
      }
    }
    const { app, cache } = await start({ providers: [Items] });
    await app.get(Items).a();
    await app.get(Items).b();
    expect(Object.keys(cache.stats().methods)).toEqual(['items.first', 'items.second']);
  });
});

describe('@CacheWriteThrough and @CacheInvalidate', () => {
  @Injectable()
  class Tournaments {
    readonly rows = new Map([['1', { id: '1', name: 'Open', venue: '7' }]]);
    loads = 0;

    @Cacheable({ key: (id: string) => ['tournaments', id] })
    async one(id: string) {
      this.loads++;
      return this.rows.get(id);
    }

    @Cacheable({ key: (venue: string) => ['tournaments', 'list', venue] })
    async list(venue: string) {
      this.loads++;
      return [...this.rows.values()].filter((row) => row.venue === venue);
    }

    @CacheWriteThrough({
      key: (id: string) => ['tournaments', id],
      targets: (_id: string, _name: string, result: { venue: string }) => [['tournaments', 'list', result.venue]],
    })
    async rename(id: string, name: string) {
      const row = { ...this.rows.get(id), id, name, venue: '7' };
      this.rows.set(id, row);
      return row;
    }

    @CacheInvalidate({
      targets: (id: string, _why: string | undefined, gone: boolean) => (gone ? [['tournaments', id]] : []),
    })
    async remove(id: string, _why?: string) {
      return this.rows.delete(id);
    }

    @CacheInvalidate({ targets: [['tournaments']], when: (dryRun: boolean) => !dryRun })
    async purge(_dryRun: boolean) {
      if (this.rows.size > 5) throw new Error('too many');
      return true;
    }

    @CacheInvalidate({ targets: () => [['tournaments', undefined as never, (() => 1) as never]] })
    async mistaken() {
      return 'written';
    }
  }

  async function startTournaments() {
    const { app, cache } = await start({ providers: [Tournaments] });
    return { tournaments: app.get(Tournaments), cache };
  }

  it('store what a write returned and invalidate exactly its targets', async () => {
    const { tournaments } = await startTournaments();
    await tournaments.one('1');
    await tournaments.list('7');
    await tournaments.list('8');
    await tournaments.rename('1', 'Masters');
    tournaments.loads = 0;
    expect(await tournaments.one('1')).toMatchObject({ name: 'Masters' });
    await tournaments.list('8');
    expect(tournaments.loads).toBe(0);
    expect(await tournaments.list('7')).toMatchObject([{ name: 'Masters' }]);
    expect(tournaments.loads).toBe(1);
  });

  it('give `targets` the result after optional parameters that were left out', async () => {
    const { tournaments } = await startTournaments();
    await tournaments.one('1');
    expect(await tournaments.remove('2')).toBe(false);
    await tournaments.one('1');
    expect(tournaments.loads).toBe(1);
    expect(await tournaments.remove('1')).toBe(true);
    expect(await tournaments.one('1')).toBeUndefined();
  });

  it('leave the cache alone when the method throws or `when` answers false', async () => {
    const { tournaments } = await startTournaments();
    await tournaments.one('1');
    await tournaments.purge(true);
    for (let id = 2; id < 9; id++) tournaments.rows.set(String(id), { id: String(id), name: '', venue: '1' });
    await expect(tournaments.purge(false)).rejects.toThrow('too many');
    await tournaments.one('1');
    expect(tournaments.loads).toBe(1);
  });

  it('invalidate everything, and answer all the same, when the targets cannot be worked out after the write', async () => {
    const { tournaments, cache } = await startTournaments();
    await tournaments.one('1');
    expect(await tournaments.mistaken()).toBe('written');
    expect(await cache.has(['tournaments', '1'])).toBe(false);
  });

  it('work on routes', async () => {
    @Controller('venues')
    class Venues {
      loads = 0;

      @Get()
      @Cacheable({ key: (query: { city?: string }) => ['venues', query] })
      async list(@Query() query: { city?: string }) {
        return { loads: ++this.loads, city: query.city };
      }

      @Patch(':id')
      @CacheInvalidate({ targets: [['venues']] })
      async update(@Param('id') id: string) {
        return { id };
      }
    }
    const { url } = await start({ controllers: [Venues] });
    expect(await json(`${url}/venues?city=Oslo`)).toEqual({ loads: 1, city: 'Oslo' });
    expect(await json(`${url}/venues?city=Oslo`)).toEqual({ loads: 1, city: 'Oslo' });
    expect(await json(`${url}/venues/1`, { method: 'PATCH' })).toEqual({ id: '1' });
    expect(await json(`${url}/venues?city=Oslo`)).toEqual({ loads: 2, city: 'Oslo' });
  });
});

describe('the start of the application', () => {
  async function startError(controller: Type<unknown>): Promise<unknown> {
    return start({ controllers: [controller] }).catch((error: unknown) => error);
  }

  it('refuses handlers that a hit could not answer, all at once', async () => {
    @Controller()
    class Wrong {
      @Get('res')
      @Cacheable({ key: () => ['res'] })
      async res(@Res() _response: unknown) {}

      @Sse('events')
      @Cacheable({ key: () => ['sse'] })
      async events() {
        return of(1);
      }

      @Get('stream')
      @Cacheable({ key: () => ['stream'] })
      // biome-ignore lint/suspicious/noExplicitAny: the compiler refuses it without
      stream(): Observable<number> & Promise<any> {
        return of(1) as never;
      }
    }
    Reflect.defineMetadata('design:returntype', Observable, Wrong.prototype, 'stream');
    const error = await startError(Wrong);
    expect(error).toBeInstanceOf(LarderDecoratorError);
    expect(String(error)).toContain('Wrong.res takes @Res()');
    expect(String(error)).toContain('Wrong.events is a stream');
    expect(String(error)).toContain('Wrong.stream returns an Observable');
  });

  it('fails naming the class when LarderModule is not imported', async () => {
    @Injectable()
    class Lonely {
      @Cacheable({ key: () => ['k'] })
      async value() {
        return 1;
      }
    }
    @Module({ providers: [Lonely] })
    class App {}
    await expect(NestFactory.create(App, { logger: false, abortOnError: false })).rejects.toThrow(/Lonely/);
  });

  it('refuses a static method', () => {
    class Static {
      static async value() {
        return 1;
      }
    }
    const descriptor = Object.getOwnPropertyDescriptor(Static, 'value') as TypedPropertyDescriptor<
      () => Promise<number>
    >;
    expect(() => Cacheable({ key: () => ['k'] })(Static, 'value', descriptor)).toThrow(LarderDecoratorError);
  });

  it('takes options from a factory, and closes the cache with the application', async () => {
    @Module({ providers: [{ provide: 'TTL', useValue: 1234 }], exports: ['TTL'] })
    class Config {}
    @Module({
      imports: [
        LarderModule.forRootAsync({
          imports: [Config],
          inject: ['TTL'],
          useFactory: async (defaultTtl: number) => ({ defaultTtl }),
        }),
      ],
    })
    class App {}
    const app = await NestFactory.create(App, { logger: false, abortOnError: false });
    await app.init();
    const cache = app.get(Cache);
    await cache.set(['k'], 1);
    expect((await cache.inspect(['k']))?.ttl).toBeGreaterThan(1000);
    await app.close();
    expect(cache.stats().entries).toBe(0);
  });

  it('fails with every problem of options and environment in one error', async () => {
    process.env.LARDER_DEFAULT_TTL = 'soon';
    try {
      @Module({ imports: [LarderModule.forRoot({ jitter: 7 })] })
      class App {}
      const error = await NestFactory.create(App, { logger: false, abortOnError: false }).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(LarderOptionsError);
      expect((error as LarderOptionsError).problems).toHaveLength(2);
    } finally {
      delete process.env.LARDER_DEFAULT_TTL;
    }
  });
});
