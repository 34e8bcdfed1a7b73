import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type DynamicModule,
  type INestApplicationContext,
  Injectable,
  Module,
  type ModuleMetadata,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Cache, Cacheable, CacheInvalidate, LarderModule, type LarderOptions } from './index.js';
import { Broadcaster } from './realtime/broadcaster.js';

let row = 1;

@Injectable()
class Reader {
  @Cacheable({ key: () => ['row'], ttl: '5m' })
  async read(): Promise<number> {
    return row;
  }
}

@Injectable()
class Writer {
  @CacheInvalidate({ targets: [['row']] })
  async write(value: number): Promise<void> {
    row = value;
  }
}

describe('LarderModule imported more than once', () => {
  const started: INestApplicationContext[] = [];

  afterEach(async () => {
    await Promise.all(started.splice(0).map((app) => app.close()));
  });

  async function start(...imports: NonNullable<ModuleMetadata['imports']>): Promise<INestApplicationContext> {
    const [first, ...others] = imports;
    @Module({ imports: others, providers: [Writer], exports: [Writer] })
    class Feature {}
    @Module({ imports: [first as DynamicModule, Feature], providers: [Reader] })
    class App {}
    const app = await NestFactory.createApplicationContext(App, { logger: false, abortOnError: false });
    started.push(app);
    return app;
  }

  const fromFactory = (options: LarderOptions) => LarderModule.forRootAsync({ useFactory: async () => options });
  const onEvent = () => {};

  it.each<[string, DynamicModule, DynamicModule]>([
    ['without options', LarderModule.forRoot(), LarderModule.forRoot({})],
    ['with equal options', LarderModule.forRoot({ defaultTtl: '1m' }), LarderModule.forRoot({ defaultTtl: '1m' })],
    ['with one listener', LarderModule.forRoot({ onEvent }), LarderModule.forRoot({ onEvent })],
    ['with equal lists', LarderModule.forRoot({ simulations: ['a'] }), LarderModule.forRoot({ simulations: ['a'] })],
    ['once by a factory', LarderModule.forRoot({ jitter: 0.1 }), fromFactory({ jitter: 0.1 })],
    ['twice by factories', fromFactory({ jitter: 0.1 }), fromFactory({ jitter: 0.1 })],
  ])('shares one cache: %s', async (_, one, other) => {
    row = 1;
    const app = await start(one, other);
    const [reader, writer] = [app.get(Reader), app.get(Writer)];
    expect(await reader.read()).toBe(1);
    await writer.write(2);
    expect(await reader.read()).toBe(2);
    expect(app.get(Cache).stats().hits).toBe(0);
  });

  it.each<[string, DynamicModule, DynamicModule, string]>([
    [
      'two options',
      LarderModule.forRoot(),
      LarderModule.forRoot({ defaultTtl: '1m', jitter: 0.1 }),
      'defaultTtl, jitter',
    ],
    ['another by a factory', LarderModule.forRoot({ jitter: 0.1 }), fromFactory({ jitter: 0.2 }), 'jitter'],
    ['two listeners', LarderModule.forRoot({ onEvent }), LarderModule.forRoot({ onEvent: () => {} }), 'onEvent'],
    ['sockets once', LarderModule.forRoot(), LarderModule.forRoot({ realtime: true }), 'realtime'],
  ])('fails the start if the options differ: %s', async (_, one, other, names) => {
    await expect(start(one, other)).rejects.toMatchObject({
      code: 'LARDER_OPTIONS',
      message: expect.stringContaining(`different options (${names})`),
    });
  });

  it('fails the start if another copy of the package is loaded', async () => {
    const copies = { LarderModule: class LarderModule {} };
    await expect(start(LarderModule.forRoot(), { module: copies.LarderModule })).rejects.toMatchObject({
      code: 'LARDER_OPTIONS',
      message: expect.stringContaining('npm ls nest-larder'),
    });
  });

  it('makes one gateway for live queries', async () => {
    const app = await start(LarderModule.forRoot({ realtime: true }), LarderModule.forRoot({ realtime: true }));
    expect(app.get(Broadcaster, { each: true, strict: false })).toHaveLength(1);
  });

  it('has a separate cache in each application', async () => {
    const [one, other] = [await start(LarderModule.forRoot()), await start(LarderModule.forRoot())];
    expect(one.get(Cache)).not.toBe(other.get(Cache));
  });
});
