import { type INestApplication, Module, type ModuleMetadata } from '@nestjs/common';
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { Cache, LarderModule, type LarderOptions } from '../../libs/larder/src/index.js';

export interface Running {
  readonly app: INestApplication;
  readonly url: string;
  readonly cache: Cache;
}

/** The parts of an application besides its modules. */
export interface Setting {
  /** Default: Express. */
  readonly adapter?: AbstractHttpAdapter;
  readonly larder?: LarderOptions;
  /** Configures the application before it listens. */
  readonly prepare?: (app: INestApplication) => unknown;
}

/** Applications that a test starts; `close` closes all. */
export class NestApplications {
  readonly #running: INestApplication[] = [];

  /** A Nest application with Larder and the metadata's modules, listening on a free port. */
  async start(metadata: ModuleMetadata, setting: Setting = {}): Promise<Running> {
    const { adapter = new ExpressAdapter(), larder, prepare } = setting;
    @Module({ ...metadata, imports: [LarderModule.forRoot(larder), ...(metadata.imports ?? [])] })
    class App {}
    const app = await NestFactory.create(App, adapter, { logger: false, abortOnError: false });
    this.#running.push(app);
    await prepare?.(app);
    await app.listen(0, '127.0.0.1');
    return { app, url: await app.getUrl(), cache: app.get(Cache) };
  }

  async close(): Promise<void> {
    await Promise.all(this.#running.splice(0).map((app) => app.close()));
  }
}

export async function json(url: string, init?: RequestInit): Promise<unknown> {
  return (await fetch(url, init)).json();
}
