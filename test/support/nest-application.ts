import { type INestApplication, Module, type ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Cache, LarderModule } from '../../libs/larder/src/index.js';

export interface Running {
  readonly app: INestApplication;
  readonly url: string;
  readonly cache: Cache;
}

/** Applications that a test starts, to be closed after it. */
export class NestApplications {
  readonly #running: INestApplication[] = [];

  /** A Nest application with Larder and what the metadata adds, listening on a free port. */
  async start(metadata: ModuleMetadata): Promise<Running> {
    @Module({ ...metadata, imports: [LarderModule.forRoot(), ...(metadata.imports ?? [])] })
    class App {}
    const app = await NestFactory.create(App, { logger: false, abortOnError: false });
    this.#running.push(app);
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
