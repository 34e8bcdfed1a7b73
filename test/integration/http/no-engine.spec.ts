import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Controller, Get, Injectable, Module, type Type } from '@nestjs/common';
import { LazyModuleLoader, NestFactory } from '@nestjs/core';
import { Transport } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { Cacheable, CacheInvalidate, LarderDecoratorError, LarderModule } from '../../../libs/larder/src/index.js';

@Injectable()
class Repository {
  rows = 1;
}

@Injectable()
class Service {
  loads = 0;

  constructor(readonly repository: Repository) {}

  @Cacheable({ key: () => ['service'] })
  async load(): Promise<number> {
    return ++this.loads;
  }

  @CacheInvalidate({ targets: [['service']] })
  async change(): Promise<string> {
    return 'changed';
  }
}

@Controller()
class Routes {
  @Get()
  @Cacheable({ key: () => ['route'], scope: 'shared', http: { fastLane: true } })
  async get() {
    return {};
  }
}

const closing: { close(): Promise<unknown> }[] = [];

afterEach(async () => {
  for (const app of closing.splice(0)) await app.close();
});

function toBeClosed<App extends { close(): Promise<unknown> }>(app: App): App {
  closing.push(app);
  return app;
}

describe('without LarderModule', () => {
  it('a testing module compiles, and decorated methods run uncached', async () => {
    const module = toBeClosed(
      await Test.createTestingModule({ providers: [Service, Repository], controllers: [Routes] }).compile(),
    );
    const service = module.get(Service);
    expect([await service.load(), await service.load(), await service.change()]).toEqual([1, 2, 'changed']);
    expect(await module.get(Routes).get()).toEqual({});
  });

  it.each([
    ['an empty object', () => ({})],
    ['a function', () => () => undefined],
    ['a proxy that has everything', () => new Proxy({}, { get: (_, name) => (name === 'then' ? undefined : () => 0) })],
  ])('a mock of everything is not taken for a cache: %s', async (_what, mock) => {
    const module = toBeClosed(
      await Test.createTestingModule({ providers: [Service] })
        .useMocker(mock)
        .compile(),
    );
    const service = module.get(Service);
    expect([await service.load(), await service.load(), await service.change()]).toEqual([1, 2, 'changed']);
  });

  it('warns once outside of tests', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const { NODE_ENV, JEST_WORKER_ID } = process.env;
    process.env.NODE_ENV = 'development';
    delete process.env.JEST_WORKER_ID;
    try {
      class Alone {
        @Cacheable({ key: () => ['alone'] })
        async load() {
          return 1;
        }
      }
      for (const alone of [new Alone(), new Alone()]) expect(await alone.load()).toBe(1);
      expect(warn.mock.calls).toEqual([
        [
          expect.stringContaining('Alone.load runs without a cache'),
          expect.objectContaining({ code: 'LARDER_NO_MODULE' }),
        ],
      ]);
    } finally {
      process.env.NODE_ENV = NODE_ENV;
      process.env.JEST_WORKER_ID = JEST_WORKER_ID;
      warn.mockRestore();
    }
  });
});

describe('an application without HTTP', () => {
  @Module({ imports: [LarderModule.forRoot()], providers: [Service, Repository], controllers: [Routes] })
  class App {}

  it.each([
    [
      'createApplicationContext',
      () => NestFactory.createApplicationContext(App, { logger: false, abortOnError: false }),
    ],
    [
      'createMicroservice',
      async () => {
        const options = { transport: Transport.TCP, options: { port: 0 }, logger: false, abortOnError: false } as const;
        const app = await NestFactory.createMicroservice(App, options);
        return app.init();
      },
    ],
    ['a testing module', async () => (await Test.createTestingModule({ imports: [App] }).compile()).init()],
  ])('starts with a cached route, and caches: %s', async (_what, start) => {
    const app = toBeClosed(await start());
    const service = app.get(Service);
    expect([await service.load(), await service.load()]).toEqual([1, 1]);
  });

  it('caches methods of a lazily loaded module', async () => {
    const app = toBeClosed(await NestFactory.createApplicationContext(App, { logger: false, abortOnError: false }));
    @Injectable()
    class Later {
      loads = 0;

      @Cacheable({ key: () => ['later'] })
      async load() {
        return ++this.loads;
      }
    }
    @Module({ providers: [Later] })
    class LaterModule {}
    const later = (await app.get(LazyModuleLoader).load(() => LaterModule)).get(Later);
    expect([await later.load(), await later.load()]).toEqual([1, 1]);
  });
});

describe('one instance in two applications', () => {
  class Reader {
    loads = 0;

    @Cacheable({ key: () => ['x'] })
    async read() {
      return ++this.loads;
    }
  }
  @Injectable()
  class Writer {
    @CacheInvalidate({ targets: [['x']] })
    async write() {}
  }
  function appWith(reader: Reader): Type<unknown> {
    @Module({ imports: [LarderModule.forRoot()], providers: [{ provide: Reader, useValue: reader }, Writer] })
    class App {}
    return App;
  }
  const start = async (reader: Reader) =>
    toBeClosed(await NestFactory.createApplicationContext(appWith(reader), { logger: false, abortOnError: false }));

  it('is refused while both run', async () => {
    const reader = new Reader();
    await start(reader);
    const second = start(reader);
    await expect(second).rejects.toThrow(LarderDecoratorError);
    await expect(second).rejects.toThrow('Two running applications share an instance of Reader');
  });

  it('belongs to the second once the first is closed', async () => {
    const reader = new Reader();
    const first = await start(reader);
    expect([await reader.read(), await reader.read()]).toEqual([1, 1]);
    await first.close();
    const second = await start(reader);
    expect([await reader.read(), await reader.read()]).toEqual([2, 2]);
    await second.get(Writer).write();
    expect(await reader.read()).toBe(3);
  });
});
