import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Module, Res, Sse, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { of } from 'rxjs';
import { NestApplications } from '../../../../test/support/nest-application.js';
import { Cache, Cacheable, LarderDecoratorError, LarderModule, LarderOptionsError } from '../index.js';

const applications = new NestApplications();

afterEach(() => applications.close());

describe('the start of the application', () => {
  async function startError(controller: Type<unknown>): Promise<unknown> {
    return applications.start({ controllers: [controller] }).catch((error: unknown) => error);
  }

  it('fails with one error that lists every handler that cannot be cached', async () => {
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
    }
    const error = await startError(Wrong);
    expect(error).toBeInstanceOf(LarderDecoratorError);
    expect(String(error)).toContain('Wrong.res takes @Res()');
    expect(String(error)).toContain('Wrong.events is a stream');
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
