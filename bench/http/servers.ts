import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createKeyv } from '@keyv/redis';
import { CacheModule } from '@nestjs/cache-manager';
import { type DynamicModule, Module, type ModuleMetadata, type Provider, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { LarderModule } from 'nest-larder';
import * as controllers from './controllers.js';
import type { TournamentPage } from './tournaments.js';

export type Platform = 'Express' | 'Fastify';

/** The variant to serve, and the URL of Redis. */
interface Setting {
  readonly page: TournamentPage;
  readonly redis: string;
}

type Serve = (platform: Platform, setting: Setting) => Promise<number>;

/** Servers by variant, each on its own port. */
export const SERVERS = {
  'plain node:http': (_, { page }) => plainServer(page),
  'constant object': nest(controllers.Constant),
  'serialised string': nest(controllers.Serialised),
  'cache-manager, memory': nest(controllers.CacheManager, () => ({ imports: [CacheModule.register()] })),
  'cache-manager, Redis': nest(controllers.CacheManager, ({ redis }) => ({
    imports: [CacheModule.register({ stores: [createKeyv(redis)] })],
  })),
  'bentocache, memory': nest(controllers.Bentocache, () => ({ providers: [bentocache()] })),
  'larder, memory hit': nest(controllers.Larder, () => ({ imports: [LarderModule.forRoot()] })),
  'larder, Redis hit': nest(controllers.LarderInRedis, ({ redis }) => ({ imports: [LarderModule.forRoot({ redis })] })),
  'larder, fast lane': nest(controllers.LarderFast, () => ({ imports: [LarderModule.forRoot()] })),
} satisfies Record<string, Serve>;

export type ServerName = keyof typeof SERVERS;

async function plainServer(page: TournamentPage): Promise<number> {
  const body = Buffer.from(JSON.stringify(page));
  const headers = { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': body.length };
  const server = createServer((_request, response) => {
    response.writeHead(200, headers);
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function nest(controller: Type<unknown>, more: (setting: Setting) => ModuleMetadata = () => ({})): Serve {
  return async (platform, setting) => {
    const { imports = [], providers = [] } = more(setting);
    @Module({})
    class App {}
    const module: DynamicModule = {
      module: App,
      imports: [...imports],
      controllers: [controller],
      providers: [{ provide: controllers.PAGE, useValue: setting.page }, ...providers],
    };
    const adapter = platform === 'Express' ? new ExpressAdapter() : new FastifyAdapter();
    const app = await NestFactory.create(module, adapter, { logger: false });
    await app.listen(0, '127.0.0.1');
    return (app.getHttpServer().address() as AddressInfo).port;
  };
}

function bentocache(): Provider {
  const store = bentostore().useL1Layer(memoryDriver({ serialize: false }));
  return { provide: controllers.BENTO, useValue: new BentoCache({ default: 'memory', stores: { memory: store } }) };
}
