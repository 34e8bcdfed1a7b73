import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type CanActivate, Controller, Get, Injectable, UseGuards } from '@nestjs/common';
import { diagnose } from '../../../libs/larder/src/cli/doctor/run.js';
import { Cache, Cacheable } from '../../../libs/larder/src/index.js';
import { NestApplications, type Running } from '../../support/nest-application.js';

const FITTING = { peers: {}, versionOf: () => undefined, node: '22.1.0' };

class Money {
  constructor(readonly cents: number) {}
}

@Injectable()
class OpenGuard implements CanActivate {
  canActivate(): boolean {
    return true;
  }
}

@Controller('items')
class ItemsController {
  @Get('own')
  @UseGuards(OpenGuard)
  @Cacheable({ key: () => ['own'] })
  async own() {
    return { id: 1 };
  }

  @Get('price')
  @Cacheable({ key: () => ['price'] })
  async price() {
    return { price: new Money(90) };
  }

  @Get('nonce')
  @Cacheable({ key: () => ['nonce', performance.now()] })
  async nonce() {
    return { id: 2 };
  }

  @Get('fine')
  @Cacheable({ key: () => ['fine'] })
  async fine() {
    return { id: 3 };
  }
}

@Controller('admin/cache')
class AdminController {
  constructor(private readonly cache: Cache) {}

  @Get('stats')
  async stats() {
    return this.cache.stats();
  }
}

const applications = new NestApplications();
let running: Running;

beforeAll(async () => {
  running = await applications.start({ controllers: [ItemsController, AdminController], providers: [OpenGuard] });
});

afterAll(() => applications.close());

async function findings(): Promise<string[]> {
  const all = await diagnose({}, FITTING, [`${running.url}/admin/cache`]);
  return all
    .filter(({ area }) => area === 'methods')
    .map(({ level, text, remedy = '' }) => `${level} ${text} → ${remedy}`);
}

describe('nest-larder doctor --url', () => {
  it('names the methods that are not cached, and why', async () => {
    for (const path of ['own', 'price', 'fine', 'fine']) await fetch(`${running.url}/items/${path}`);
    for (let call = 0; call < 100; call++) await fetch(`${running.url}/items/nonce`);
    expect((await findings()).sort()).toEqual([
      expect.stringMatching(
        /^warning ItemsController\.nonce was loaded 100 times and never served.*→ Leave parameters out of its key/,
      ),
      expect.stringMatching(
        /^warning ItemsController\.own is not cached: .*declares no scope → Add scope: 'shared' or scope: 'user'/,
      ),
      expect.stringMatching(/^warning ItemsController\.price is not cached: .*value\.price.* → docs\/not-cached\.md/),
    ]);
    expect((await running.cache.stats()).uncached).toEqual({
      'ItemsController.own': expect.stringContaining('declares no scope'),
      'ItemsController.price': expect.stringContaining('Money'),
    });
  });

  it('names a process that does not answer', async () => {
    const all = await diagnose({}, FITTING, [`${running.url}/nowhere`]);
    expect(all).toContainEqual({ area: 'methods', level: 'problem', text: expect.stringContaining('404') });
  });
});
