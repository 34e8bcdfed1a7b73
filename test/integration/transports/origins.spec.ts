import { afterEach, expect, it } from '@jest/globals';
import { Controller, type INestApplication, Inject, Injectable, Param, Patch, type Type } from '@nestjs/common';
import { Cache, type CacheEvent, CacheInvalidate, CacheWriteThrough, type LarderOptions } from 'nest-larder';
import { Job, Jobs } from 'nest-larder/jobs';
import { PLATFORMS } from '../../support/http/platforms.js';
import { NestApplications } from '../../support/nest-application.js';
import type { Expose } from '../../support/transports/handlers.js';
import { closeAll, TRANSPORTS } from '../../support/transports/transports.js';

const applications = new NestApplications();
let told: string[] = [];

afterEach(async () => {
  await closeAll();
  await applications.close();
  told = [];
});

const options = (diagnostics: boolean): LarderOptions => ({
  diagnostics,
  onEvent: (event: CacheEvent) => {
    if (event.type === 'invalidated') told.push(`${event.origin}: ${event.target}`);
  },
});

@Injectable()
class Venues {
  constructor(@Inject(Cache) private readonly cache: Cache) {}

  @CacheInvalidate({ targets: () => [['venues']] })
  async change(): Promise<void> {
    await this.cache.invalidate(['halls']);
  }

  @Job({ name: 'close-venues', cron: '0 3 * * *' })
  async close(): Promise<void> {
    await this.change();
  }
}

function writersOf({ handler, one }: Expose): Type<unknown>[] {
  @handler
  class Writers {
    constructor(@Inject(Venues) private readonly venues: Venues) {}

    @one('write')
    async write(): Promise<string> {
      await this.venues.change();
      return 'written';
    }
  }
  return [Writers];
}

it.each(TRANSPORTS)('names the handler of a call through $name', async ({ name, expose, start }) => {
  const origin = name === 'HTTP' ? 'GET /write' : 'Writers.write';
  const { call } = await start(writersOf(expose), options(true), [Venues]);
  expect(await call('write', undefined)).toBe('written');
  expect(told).toEqual([`${origin}: halls`, `${origin}: `].map((text) => expect.stringContaining(text)));
});

@Controller('venues')
class VenueController {
  constructor(@Inject(Venues) private readonly venues: Venues) {}

  @Patch(':id')
  @CacheWriteThrough({ key: (id: string) => ['venues', id] })
  async update(@Param('id') id: string): Promise<{ id: string }> {
    await this.venues.change();
    return { id };
  }
}

const parts = { controllers: [VenueController], providers: [Venues] };
const prefixed = (app: INestApplication) => app.setGlobalPrefix('v1');

it.each(PLATFORMS)('names method and pattern of a route on %s, never its values', async (_, makeAdapter) => {
  const setting = { adapter: makeAdapter(), larder: options(true), prepare: prefixed };
  const { url } = await applications.start(parts, setting);
  expect((await fetch(`${url}/v1/venues/7`, { method: 'PATCH' })).status).toBe(200);
  expect(told.map((text) => text.slice(0, text.indexOf(': ')))).toEqual(Array(3).fill('PATCH /v1/venues/:id'));
});

it('names the job, or the decorated method outside requests and jobs', async () => {
  const { app } = await applications.start(parts, { larder: options(true) });
  await app.get(Jobs).runNow('close-venues');
  expect(told).toEqual(['job close-venues: halls', expect.stringMatching(/^job close-venues: /)]);
  told = [];
  await app.get(Venues).change();
  expect(told).toEqual(['Venues.change: halls', expect.stringMatching(/^Venues\.change: /)]);
});

it('is absent without diagnostics', async () => {
  const { url, app } = await applications.start(parts, { larder: options(false), prepare: prefixed });
  expect((await fetch(`${url}/v1/venues/7`, { method: 'PATCH' })).status).toBe(200);
  await app.get(Jobs).runNow('close-venues');
  expect(told).toEqual([]);
});
