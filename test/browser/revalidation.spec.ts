import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Controller, Get, Header, Patch } from '@nestjs/common';
import type { BrowserContext, Page } from 'playwright-core';
import { Cacheable, CacheInvalidate } from '../../libs/larder/src/index.js';
import { describeInBrowser, startChromiumIn } from '../support/browser/chromium.js';
import { PLATFORMS } from '../support/http/platforms.js';
import { NestApplications } from '../support/nest-application.js';

const applications = new NestApplications();

let folder: string;
let browser: BrowserContext;
let loads = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'larder-browser-'));
  browser = await startChromiumIn(folder);
}, 60_000);

afterAll(async () => {
  await browser.close();
  await rm(folder, { recursive: true, force: true });
  await applications.close();
});

@Controller()
class Site {
  @Get()
  @Header('Content-Type', 'text/html')
  async page() {
    return '<!doctype html><title>Items</title>';
  }

  @Get('asked')
  @Cacheable({ key: () => ['asked'], scope: 'shared', http: { maxAge: 0 } })
  async asked() {
    return { loads: ++loads };
  }

  @Get('kept')
  @Cacheable({ key: () => ['kept'], ttl: '5m', scope: 'shared', http: { maxAge: '1m' } })
  async kept() {
    return { loads: ++loads };
  }

  @Get('fast')
  @Cacheable({ key: () => ['fast'], scope: 'shared', http: { maxAge: 0, fastLane: true } })
  async fast() {
    return { loads: ++loads };
  }
}

let title = 'before';

/** A controller as most are written: no HTTP options. */
@Controller('items')
class Items {
  @Get()
  @Cacheable({ key: () => ['items'], ttl: '5m', staleWhileRevalidate: '5m', scope: 'shared' })
  async list() {
    return { title };
  }

  @Patch(':id')
  @CacheInvalidate({ targets: [['items']] })
  async change() {
    title = 'after';
    return { title };
  }
}

/** What the browser's network log records for the responses to a path. */
interface Logged {
  /** The response as it came over the network, if it did. */
  readonly status: number | undefined;
  readonly fromDiskCache: boolean;
}

describeInBrowser.each(PLATFORMS)('Chromium, asking %s', (_, makeAdapter) => {
  let page: Page;
  let url: string;

  beforeAll(async () => {
    const running = await applications.start({ controllers: [Site, Items] }, { adapter: makeAdapter() });
    url = running.url;
    page = await browser.newPage();
    await page.goto(url);
  });

  /** Fetches as a script of the page does; returns the response and its record in the network log. */
  async function get(path: string): Promise<{ body: unknown; logged: Logged }> {
    const log = await browser.newCDPSession(page);
    await log.send('Network.enable');
    const logged = new Promise<Logged>((resolve) => {
      let id: string | undefined;
      const status = new Map<string, number>();
      let received: { fromDiskCache: boolean; overNetwork: boolean } | undefined;
      const look = () => {
        const sent = id === undefined ? undefined : status.get(id);
        if (received === undefined || (received.overNetwork && sent === undefined)) return;
        resolve({ status: sent, fromDiskCache: received.fromDiskCache });
      };
      log.on('Network.requestWillBeSent', ({ requestId, request }) => {
        if (new URL(request.url).pathname === path) id = requestId;
      });
      log.on('Network.responseReceivedExtraInfo', ({ requestId, statusCode }) => {
        status.set(requestId, statusCode);
        look();
      });
      log.on('Network.responseReceived', ({ requestId, response, hasExtraInfo }) => {
        if (requestId !== id) return;
        received = { fromDiskCache: response.fromDiskCache ?? false, overNetwork: hasExtraInfo };
        look();
      });
    });
    const body = await page.evaluate(async (asked) => (await fetch(asked)).json(), path);
    const entry = await logged;
    await log.detach();
    return { body, logged: entry };
  }

  it.each(['/asked', '/fast'])('revalidates %s and shows the 304 in its network log', async (path) => {
    const first = await get(path);
    expect(first.logged).toEqual({ status: 200, fromDiskCache: false });
    for (let call = 0; call < 3; call++) {
      const again = await get(path);
      expect(again.logged.status).toBe(304);
      expect(again.body).toEqual(first.body);
    }
  });

  it('shows a user the result of their own write', async () => {
    title = 'before';
    const shown = await page.evaluate(async () => {
      const read = async () => ((await (await fetch('/items')).json()) as { title: string }).title;
      const before = await read();
      await fetch('/items/1', { method: 'PATCH' });
      return [before, await read()];
    });
    expect(shown).toEqual(['before', 'after']);
  });

  it('reuses a response within its max-age without a request', async () => {
    const first = await get('/kept');
    expect(first.logged.status).toBe(200);
    expect(await get('/kept')).toEqual({ body: first.body, logged: { status: undefined, fromDiskCache: true } });
  });
});
