import { afterEach, describe, expect, it } from '@jest/globals';
import { type CanActivate, Controller, Get, Inject, Injectable, Module, Param, Scope, UseGuards } from '@nestjs/common';
import { ContextIdFactory, LazyModuleLoader, ModuleRef, REQUEST } from '@nestjs/core';
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

/** The same with a key that does not depend on the instance. */
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
  it('get the instance as `this`, so that several instances keep their values apart', async () => {
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

  it('reject the instance of another class at compile time', () => {
    const of = (tenant: string) => ['things', tenant] as const;
    class Other {
      // @ts-expect-error: the key function is for a Repository
      @Cacheable({ key: function (this: Repository, id: string) { return [...of(this.tenant), id]; } }) // biome-ignore format: one line
      async one(id: string) {
        return id;
      }
    }
    expect(Other).toBeDefined();
  });
});

describe('several instances of one class', () => {
  it('are rejected if the key does not depend on the instance', async () => {
    const started = applications.start({ providers: twoOf(Careless) });
    await expect(started).rejects.toThrow(LarderDecoratorError);
    await expect(started).rejects.toThrow(/Careless\.one is cached, but Careless has several instances/);
  });

  it('are rejected if two modules provide the class separately', async () => {
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

  it('count as one if a token is an alias', async () => {
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

  it('has separate values for each class, below one key', async () => {
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

  it('has separate values for a provider and for one that inherits from it', async () => {
    @Injectable()
    class Prices {
      readonly currency: string = 'euros';

      @Cacheable({ key: (id: string) => ['prices', id] })
      async of(id: string): Promise<string> {
        return `${id} ${this.currency}`;
      }
    }
    @Injectable()
    class DollarPrices extends Prices {
      override readonly currency: string = 'dollars';
    }
    const { app } = await applications.start({ providers: [Prices, DollarPrices] });
    for (let call = 0; call < 2; call++) {
      expect([await app.get(Prices).of('1'), await app.get(DollarPrices).of('1')]).toEqual(['1 euros', '1 dollars']);
    }
  });

  it('is rejected for two classes of the same name', async () => {
    const twin = (table: string) => {
      @Controller(table)
      class Twin extends Crud {
        readonly table = table;
      }
      return Twin;
    };
    const started = applications.start({ controllers: [twin('one'), twin('two')] });
    await expect(started).rejects.toThrow(/Crud\.one is inherited by two classes named Twin/);
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
  /** Request-scoped because of what it injects. */
  @Injectable()
  class Above {
    constructor(private readonly asking: Asking) {}

    @Cacheable({ key: () => ['above'] })
    async whose() {
      return this.asking.whose();
    }
  }

  it('are not cached without `scope`, and are reported once', async () => {
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

describe('instances that ModuleRef creates', () => {
  @Injectable()
  class Created {
    user = 'no user';

    @Cacheable({ key: () => ['created'] })
    async whose() {
      return this.user;
    }

    @CacheableBatch({ key: (id: string) => ['created', id] })
    async many(ids: readonly string[]) {
      return ids.map(() => this.user);
    }

    @CacheWriteThrough({ key: () => ['created'] })
    async write() {
      return this.user;
    }

    @Cacheable({ key: () => ['shared'], scope: 'shared' })
    async shared() {
      return this.user;
    }
  }

  async function createdFor(moduleRef: ModuleRef, user: string) {
    return Object.assign(await moduleRef.create(Created), { user });
  }

  it.each([
    ['is not a provider', []],
    ['is a provider too', [Created]],
  ])('are not cached without `scope`, and are reported once, if the class %s', async (_, providers) => {
    const events: CacheEvent[] = [];
    const { app, cache } = await applications.start(
      { providers },
      { larder: { onEvent: (event) => events.push(event) } },
    );
    for (const user of ['alice', 'bob', 'alice']) {
      const created = await createdFor(app.get(ModuleRef), user);
      expect(await created.whose()).toBe(user);
      expect(await created.many(['x'])).toEqual([user]);
      expect(await created.write()).toBe(user);
    }
    expect(cache.stats().entries).toBe(0);
    const methods = ['Created.whose', 'Created.many', 'Created.write'];
    expect(events).toEqual(methods.map((method) => ({ type: 'scope-undeclared', methods: [method] })));
  });

  it("share values with scope: 'shared'", async () => {
    const { app } = await applications.start({});
    expect(await (await createdFor(app.get(ModuleRef), 'alice')).shared()).toBe('alice');
    expect(await (await createdFor(app.get(ModuleRef), 'bob')).shared()).toBe('alice');
  });

  it('do not affect the caching of the provider', async () => {
    const { app } = await applications.start({ providers: [Created] });
    const provider = app.get(Created);
    expect(await provider.whose()).toBe('no user');
    provider.user = 'another user';
    expect(await provider.whose()).toBe('no user');
  });
});

describe('instances that Nest makes once, other than providers', () => {
  class Counting {
    loads = 0;

    @Cacheable({ key: () => ['counted'] })
    async count() {
      return ++this.loads;
    }
  }

  it('are cached in a module that is loaded later', async () => {
    @Injectable()
    class Late extends Counting {}
    @Module({ providers: [Late] })
    class LateModule {}
    const { app } = await applications.start({});
    const late = (await app.get(LazyModuleLoader).load(() => LateModule)).get(Late);
    expect([await late.count(), await late.count()]).toEqual([1, 1]);
  });

  it('are cached as guards of a handler', async () => {
    const counts: number[] = [];
    @Injectable()
    class Counted extends Counting implements CanActivate {
      async canActivate() {
        counts.push(await this.count());
        return true;
      }
    }
    @Controller('guarded')
    class Guarded {
      @Get()
      @UseGuards(Counted)
      async value() {
        return {};
      }
    }
    const { url } = await applications.start({ controllers: [Guarded] });
    await json(`${url}/guarded`);
    await json(`${url}/guarded`);
    expect(counts).toEqual([1, 1]);
  });
});

describe('a handler of an instance that a factory makes', () => {
  class Factored {
    runs = 0;

    @Get()
    @Cacheable({ key: () => ['factored'] })
    async run() {
      return ++this.runs;
    }
  }

  it('is not cached without `scope` in a call without a context', async () => {
    const { app } = await applications.start({ providers: [{ provide: 'F', useFactory: () => new Factored() }] });
    const factored = app.get<Factored>('F');
    expect([await factored.run(), await factored.run()]).toEqual([1, 2]);
  });
});

describe('classes that one function returns', () => {
  function controllerOf(table: string) {
    @Controller(table)
    class Made {
      @Get()
      @Cacheable({ key: () => ['made'], scope: 'shared' })
      async list() {
        return { table };
      }
    }
    return Made;
  }

  it('are rejected if their keys are equal', async () => {
    const started = applications.start({ controllers: [controllerOf('cats'), controllerOf('dogs')] });
    await expect(started).rejects.toThrow(LarderDecoratorError);
    await expect(started).rejects.toThrow(/Made\.list is a method of 2 classes named Made with the same key/);
  });

  it('are rejected as providers, and if a batch or a write-through has the key', async () => {
    const providerOf = (table: string) => {
      @Injectable()
      class Repository {
        @Cacheable({ key: ({ id }: { id: { text: string } }) => ['one', id.text.trim()] })
        async one({ id }: { id: { text: string } }) {
          return `${table} ${id.text}`;
        }

        @CacheableBatch({ key: (id: string) => ['many', id] })
        async many(ids: readonly string[]) {
          return ids.map((id) => `${table} ${id}`);
        }

        @CacheWriteThrough({ key: (id: string) => ['many', id] })
        async write(id: string) {
          return `${table} ${id}`;
        }
      }
      return Repository;
    };
    const started = applications.start({ providers: [providerOf('cats'), providerOf('dogs')] });
    await expect(started).rejects.toThrow(/Repository\.one is a method of 2 classes/);
    await expect(started).rejects.toThrow(/Repository\.many is a method of 2 classes/);
    await expect(started).rejects.toThrow(/Repository\.write is a method of 2 classes/);
  });

  it('are rejected if classes of the same name inherit from them', async () => {
    const childOf = (table: string) => {
      class Parent {
        @Cacheable({ key: () => ['inherited'] })
        async list() {
          return table;
        }
      }
      @Injectable()
      class Child extends Parent {}
      return Child;
    };
    const started = applications.start({ providers: [childOf('cats'), childOf('dogs')] });
    await expect(started).rejects.toThrow(/Parent\.list is a method of 2 classes named Child/);
  });

  it('may have different keys, or be classes of different names', async () => {
    const keyed = (table: string) => {
      @Injectable()
      class Keyed {
        @Cacheable({ key: (id: string) => [table, id] })
        async one(id: string) {
          return `${table} ${id}`;
        }

        readonly table = table;

        @Cacheable({
          key: function (this: Keyed) {
            return ['all', this.table];
          },
        })
        async all() {
          return table;
        }
      }
      return Keyed;
    };
    const parentOf = (table: string) => {
      abstract class Parent {
        @Cacheable({ key: () => ['inherited'] })
        async list() {
          return table;
        }
      }
      return Parent;
    };
    @Injectable()
    class Cats extends parentOf('cats') {}
    @Injectable()
    class Dogs extends parentOf('dogs') {}
    const [KeyedCats, KeyedDogs] = [keyed('cats'), keyed('dogs')];
    const { app } = await applications.start({ providers: [KeyedCats, KeyedDogs, Cats, Dogs] });
    expect(await app.get(KeyedCats).one('1')).toBe('cats 1');
    expect(await app.get(KeyedDogs).one('1')).toBe('dogs 1');
    expect([await app.get(KeyedCats).all(), await app.get(KeyedDogs).all()]).toEqual(['cats', 'dogs']);
    expect([await app.get(Cats).list(), await app.get(Dogs).list()]).toEqual(['cats', 'dogs']);
  });

  it('may be classes of the same name with other methods', async () => {
    const first = () => {
      @Injectable()
      class Same {
        @Cacheable({ key: () => ['first'] })
        async value() {
          return 1;
        }
      }
      return Same;
    };
    const second = () => {
      @Injectable()
      class Same {
        @Cacheable({ key: () => ['second'] })
        async value() {
          return 2;
        }
      }
      return Same;
    };
    const [First, Second] = [first(), second()];
    const { app } = await applications.start({ providers: [First, Second] });
    expect([await app.get(First).value(), await app.get(Second).value()]).toEqual([1, 2]);
  });
});
