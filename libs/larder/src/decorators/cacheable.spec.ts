import { afterEach, describe, expect, it } from '@jest/globals';
import {
  applyDecorators,
  Controller,
  Get,
  HttpCode,
  Injectable,
  Param,
  ParseIntPipe,
  Scope,
  SetMetadata,
  UseGuards,
} from '@nestjs/common';
import { ContextIdFactory, Reflector } from '@nestjs/core';
import { json, NestApplications } from '../../../../test/support/nest-application.js';
import { Cacheable, CacheName, LarderKeyError, LarderOptionsError, pattern, tag } from '../index.js';

const applications = new NestApplications();

afterEach(() => applications.close());

describe('@Cacheable', () => {
  it('serves the second call of a provider from the cache, with the same frozen object', async () => {
    @Injectable()
    class Tournaments {
      loads = 0;

      @Cacheable({ key: (id: string) => ['tournaments', id], ttl: '10m' })
      async one(id: string) {
        this.loads++;
        return { id };
      }
    }
    const { app, cache } = await applications.start({ providers: [Tournaments] });
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

  it('reads the cache after guards and pipes of a route', async () => {
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
      @Cacheable({ key: (id: number) => ['items', id], scope: 'shared' })
      async one(@Param('id', ParseIntPipe) id: number) {
        loads++;
        return { id };
      }
    }
    const { url } = await applications.start({ controllers: [Items] });
    expect(await json(`${url}/items/1`)).toEqual({ id: 1 });
    expect(await json(`${url}/items/1`)).toEqual({ id: 1 });
    expect(loads).toBe(1);
    expect((await fetch(`${url}/items/not-a-number`)).status).toBe(400);
    allowed = false;
    expect((await fetch(`${url}/items/1`)).status).toBe(403);
  });

  it('works in any order with other decorators, and keeps their metadata', async () => {
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
    const { url, app } = await applications.start({ controllers: [Orders] });
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
      @Cacheable({ key: (id: string) => ['request', id], scope: 'shared' })
      async one(id: string) {
        return { id, loads: ++loads };
      }
    }
    @Injectable({ scope: Scope.TRANSIENT })
    class PerUse {
      @Cacheable({ key: (id: string) => ['transient', id], scope: 'shared' })
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
    const { app, url } = await applications.start({ controllers: [Scoped], providers: [PerRequest, PerUse] });
    const first = await json(`${url}/scoped`);
    expect(await json(`${url}/scoped`)).toEqual(first);
    expect(loads).toBe(2);
    const resolved = await app.resolve(PerRequest, ContextIdFactory.create());
    expect(await resolved.one('a')).toEqual({ id: 'a', loads: 1 });
  });

  it('is inherited, also by subclasses with decorators of their own', async () => {
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
    const { app } = await applications.start({ providers: [Items] });
    const items = app.get(Items);
    expect([await items.one('a'), await items.one('a')]).toEqual(['a1', 'a1']);
    expect([await items.own(), await items.own()]).toEqual(['own2', 'own2']);
    expect([await items.all(), await items.all()]).toEqual(['not cached 3, base4', 'not cached 5, base4']);
  });

  it('works on instances that a factory made', async () => {
    class Made {
      loads = 0;

      @Cacheable({ key: () => ['made'] })
      async value() {
        return ++this.loads;
      }
    }
    const { app } = await applications.start({ providers: [{ provide: 'MADE', useFactory: () => new Made() }] });
    const made = app.get<Made>('MADE');
    expect([await made.value(), await made.value()]).toEqual([1, 1]);
  });

  it('runs the method uncached on an instance that Nest did not make', async () => {
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

  it('keeps the values of two applications in one process apart', async () => {
    @Injectable()
    class Service {
      loads = 0;

      @Cacheable({ key: () => ['service'] })
      async value() {
        return { loads: ++this.loads };
      }
    }
    const [one, other] = [
      await applications.start({ providers: [Service] }),
      await applications.start({ providers: [Service] }),
    ];
    const value = await one.app.get(Service).value();
    expect(await other.app.get(Service).value()).not.toBe(value);
    await one.cache.invalidate(pattern('*'));
    expect(await other.app.get(Service).value()).toEqual({ loads: 1 });
    expect(await one.app.get(Service).value()).toEqual({ loads: 2 });
  });

  it('runs calls uncached for which `when` returns false, and tags the others', async () => {
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
    const { app, cache } = await applications.start({ providers: [Items] });
    const items = app.get(Items);
    expect([await items.list('7', true), await items.list('7'), await items.list('7')]).toEqual(['71', '72', '72']);
    await cache.invalidate(tag('venue:7'));
    expect(await items.list('7')).toBe('73');
  });

  it('throws errors of the method unchanged, and does not store them', async () => {
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
    const { app } = await applications.start({ providers: [Items] });
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
    const { app } = await applications.start({ providers: [Items] });
    const answer = app.get(Items).list({ since: new (class Moment {})() });
    await expect(answer).rejects.toBeInstanceOf(LarderKeyError);
    await expect(answer).rejects.toThrow(
      'The cache key of Items.list cannot be built: key[1].since is an instance of Moment.',
    );
  });

  it('rejects invalid options when the class is defined', () => {
    const decorate = () => Cacheable({ key: () => ['k'], ttl: 'soon' as '5m' })({}, 'list', { value: async () => 1 });
    expect(decorate).toThrow(LarderOptionsError);
    expect(decorate).toThrow("invalid ttl of Object.list: got 'soon'");
  });

  it('counts under the name of @CacheName, in either order', async () => {
    @Injectable()
    class Items {
      @CacheName('items.first')
      @Cacheable({ key: () => ['a'] })
      async a() {
        return 1;
      }

      @Cacheable({ key: () => ['b'] })
      @CacheName('items.second')
      async b() {
        return 1;
      }
    }
    const { app, cache } = await applications.start({ providers: [Items] });
    await app.get(Items).a();
    await app.get(Items).b();
    expect(Object.keys(cache.stats().methods)).toEqual(['items.first', 'items.second']);
  });
});
