import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Inject, Injectable, Module, Param, Scope } from '@nestjs/common';
import { ContextIdFactory, REQUEST } from '@nestjs/core';
import { json, NestApplications } from '../../../../test/support/nest-application.js';
import {
  Cacheable,
  CacheableBatch,
  type CacheEvent,
  CacheInvalidate,
  CacheWriteThrough,
  LarderDecoratorError,
} from '../index.js';

const applications = new NestApplications();

afterEach(() => applications.close());

/** A repository of one tenant. */
class Repository {
  loads = 0;

  constructor(readonly tenant: string) {}

  @Cacheable({
    key: function (this: Repository, id: string) {
      return ['things', this.tenant, id];
    },
    tags: function (this: Repository) {
      return [`tenant:${this.tenant}`];
    },
    when: function (this: Repository) {
      return this.tenant !== 'uncached';
    },
  })
  async one(id: string) {
    return `${id} of ${this.tenant}, load ${++this.loads}`;
  }

  @CacheableBatch({
    key: function (this: Repository, id: string) {
      return ['things', this.tenant, id];
    },
  })
  async many(ids: readonly string[]) {
    return ids.map((id) => `${id} of ${this.tenant}, load ${++this.loads}`);
  }

  @CacheWriteThrough({
    key: function (this: Repository, id: string) {
      return ['things', this.tenant, id];
    },
  })
  async write(id: string) {
    return `${id} of ${this.tenant}, written`;
  }

  @CacheInvalidate({
    targets: function (this: Repository) {
      return [['things', this.tenant]];
    },
  })
  async change() {}
}

/** The same without a key that tells its instances apart. */
class Careless {
  constructor(readonly tenant: string) {}

  @Cacheable({ key: (id: string) => ['careless', id] })
  async one(id: string) {
    return `${id} of ${this.tenant}`;
  }
}

function twoOf<T>(Class: new (tenant: string) => T) {
  return ['acme', 'globex'].map((tenant) => ({ provide: tenant, useFactory: () => new Class(tenant) }));
}

describe('functions of a decorator', () => {
  it('have the instance as `this`, so that several instances keep their values apart', async () => {
    const { app, cache } = await applications.start({ providers: twoOf(Repository) });
    const [acme, globex] = [app.get<Repository>('acme'), app.get<Repository>('globex')];
    expect(await acme.one('1')).toBe('1 of acme, load 1');
    expect(await globex.one('1')).toBe('1 of globex, load 1');
    expect(await acme.many(['1', '2'])).toEqual(['1 of acme, load 1', '2 of acme, load 2']);
    await acme.write('1');
    expect(await acme.one('1')).toBe('1 of acme, written');
    expect(await globex.one('1')).toBe('1 of globex, load 1');
    await acme.change();
    expect(await acme.one('1')).toBe('1 of acme, load 3');
    expect(await globex.one('1')).toBe('1 of globex, load 1');
    expect((await cache.inspect(['things', 'acme', '1']))?.tags).toEqual(['tenant:acme']);
  });

  it('refuse the instance of another class at compile time', () => {
    const of = (tenant: string) => ['things', tenant] as const;
    class Other {
      // @ts-expect-error: the key is of a Repository
      @Cacheable({ key: function (this: Repository, id: string) { return [...of(this.tenant), id]; } }) // biome-ignore format: one line
      async one(id: string) {
        return id;
      }
    }
    expect(Other).toBeDefined();
  });
});

describe('several instances of one class', () => {
  it('are refused where the key does not tell them apart', async () => {
    const started = applications.start({ providers: twoOf(Careless) });
    await expect(started).rejects.toThrow(LarderDecoratorError);
    await expect(started).rejects.toThrow(/Careless\.one is cached, and there is more than one instance of Careless/);
  });

  it('are refused where two modules provide one class each for itself', async () => {
    @Injectable()
    class Shared {
      @Cacheable({ key: () => ['x'] })
      async value() {
        return 1;
      }
    }
    @Module({ providers: [Shared] })
    class One {}
    @Module({ providers: [Shared] })
    class Two {}
    await expect(applications.start({ imports: [One, Two] })).rejects.toThrow(
      /Provide Shared in one module and export it/,
    );
  });

  it('are one where a token is another name for it', async () => {
    const alias = { provide: 'ALIAS', useExisting: Careless };
    const one = { provide: Careless, useFactory: () => new Careless('acme') };
    const { app } = await applications.start({ providers: [one, alias] });
    expect(await app.get<Careless>('ALIAS').one('1')).toBe('1 of acme');
  });
});

describe('a method that classes inherit', () => {
  abstract class Crud {
    abstract readonly table: string;

    @Get(':id')
    @Cacheable({ key: (id: string) => ['crud', id], scope: 'shared' })
    async one(@Param('id') id: string): Promise<object> {
      return { table: this.table, id };
    }

    @CacheWriteThrough({ key: (id: string) => ['crud', id] })
    async write(id: string): Promise<object> {
      return { table: this.table, id, written: true };
    }
  }
  @Controller('cats')
  class Cats extends Crud {
    readonly table = 'cats';
  }
  @Controller('dogs')
  class Dogs extends Crud {
    readonly table = 'dogs';
  }

  it('keeps the values of each class apart, below one key', async () => {
    const { app, url, cache } = await applications.start({ controllers: [Cats, Dogs] });
    const both = async () => [await json(`${url}/cats/1`), await json(`${url}/dogs/1`)];
    expect(await both()).toEqual([
      { table: 'cats', id: '1' },
      { table: 'dogs', id: '1' },
    ]);
    await app.get(Cats).write('1');
    expect(await both()).toEqual([
      { table: 'cats', id: '1', written: true },
      { table: 'dogs', id: '1' },
    ]);
    await cache.invalidate(['crud', '1']);
    expect(await both()).toEqual([
      { table: 'cats', id: '1' },
      { table: 'dogs', id: '1' },
    ]);
  });

  it('is refused for two classes of one name', async () => {
    const twin = (table: string) => {
      @Controller(table)
      class Twin extends Crud {
        readonly table = table;
      }
      return Twin;
    };
    const started = applications.start({ controllers: [twin('one'), twin('two')] });
    await expect(started).rejects.toThrow(/Crud\.one is inherited by two classes with the name Twin/);
  });
});

describe('instances made for one request', () => {
  @Injectable({ scope: Scope.REQUEST })
  class Asking {
    constructor(@Inject(REQUEST) private readonly request: { readonly user: string }) {}

    @Cacheable({ key: () => ['asking'] })
    async whose() {
      return this.request.user;
    }

    @CacheableBatch({ key: (id: string) => ['asking', id] })
    async many(ids: readonly string[]) {
      return ids.map(() => this.request.user);
    }

    @CacheWriteThrough({ key: () => ['asking'] })
    async write() {
      return this.request.user;
    }
  }
  /** Made for each request because of what it injects. */
  @Injectable()
  class Above {
    constructor(private readonly asking: Asking) {}

    @Cacheable({ key: () => ['above'] })
    async whose() {
      return this.asking.whose();
    }
  }

  it('are not cached without scope, and named once', async () => {
    const events: CacheEvent[] = [];
    const { app, cache } = await applications.start(
      { providers: [Asking, Above] },
      { larder: { onEvent: (event) => events.push(event) } },
    );
    for (const user of ['alice', 'bob']) {
      const contextId = ContextIdFactory.create();
      app.registerRequestByContextId({ user }, contextId);
      const asking = await app.resolve(Asking, contextId);
      expect(await asking.whose()).toBe(user);
      expect(await asking.many(['x'])).toEqual([user]);
      expect(await asking.write()).toBe(user);
      expect(await (await app.resolve(Above, contextId)).whose()).toBe(user);
    }
    expect(cache.stats().entries).toBe(0);
    const methods = ['Asking.whose', 'Asking.many', 'Asking.write', 'Above.whose'];
    expect(events).toEqual([{ type: 'scope-undeclared', methods }]);
  });

  it('keep an application from starting with strictScope', async () => {
    const started = applications.start({ providers: [Asking] }, { larder: { strictScope: true } });
    await expect(started).rejects.toThrow(/Asking\.whose is made for each request/);
  });
});
