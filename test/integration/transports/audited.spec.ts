import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import {
  Cache,
  Cacheable,
  CacheableBatch,
  CacheInvalidate,
  createCache,
  LarderAuditError,
} from '../../../libs/larder/src/index.js';
import { type AuditOfTests, auditEverything } from '../../../libs/larder/src/testing/audit-everything.js';
import { NestApplications } from '../../support/nest-application.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { closeAll, TRANSPORTS } from '../../support/transports/transports.js';

/** The hooks of a test runner that the tests run themselves. */
const hooks = { each: async () => {}, all: async () => {} };
const applications = new NestApplications();
let redis: RedisServer;
let audit: AuditOfTests;

beforeAll(async () => {
  redis = await RedisServer.start();
  audit = auditEverything({
    afterEach: (run) => {
      hooks.each = run;
    },
    afterAll: (run) => {
      hooks.all = run;
    },
  });
});

afterEach(async () => {
  await closeAll();
  await applications.close();
  await audit.findings();
});

afterAll(async () => {
  await hooks.all();
  await redis.stop();
});

/** What a test under the audit fails with. */
async function failureOf(): Promise<LarderAuditError> {
  const error: unknown = await hooks.each().catch((thrown: unknown) => thrown);
  if (!(error instanceof LarderAuditError)) throw new Error(`There is no finding, but ${error}`);
  return error;
}

/** The rows of a database that a test changes. */
const rows = { one: 'old', two: 'old' };

describe.each(TRANSPORTS)('auditEverything over $name', ({ expose, start }) => {
  const { handler, ids, list, one } = expose;

  @handler
  class Handlers {
    @one('one')
    @Cacheable({ key: () => ['one'], scope: 'shared' })
    async one(): Promise<string> {
      return rows.one;
    }

    @list('two')
    @CacheableBatch({ key: (id: string) => ['two', id], scope: 'shared' })
    async two(@ids wanted: readonly string[]): Promise<readonly string[]> {
      return wanted.map((id) => `${id} ${rows.two}`);
    }
  }

  it('fails a test whose handler or batch answered with what nothing has invalidated', async () => {
    Object.assign(rows, { one: 'old', two: 'old' });
    const { call } = await start([Handlers], {});
    for (let times = 0; times < 2; times++) {
      await call('one', undefined);
      await call('two', undefined, ['a', 'b']);
    }
    await hooks.each();
    Object.assign(rows, { one: 'new', two: 'new' });
    await call('one', undefined);
    await call('two', undefined, ['a', 'b']);
    const { findings, message } = await failureOf();
    expect(findings.map(({ key }) => key).toSorted()).toEqual(['one', 'two:a', 'two:b']);
    expect(message).toMatch(/Handlers.one served a stale value of one.*\n.*served 'old', a fresh load returns 'new'/);
  });
});

describe('auditEverything', () => {
  @Injectable()
  class Venues {
    name = 'old';

    @CacheInvalidate({ targets: (id: string) => [['venues', id]] })
    async rename(_id: string, name: string) {
      this.name = name;
    }

    @Cacheable({ key: (id: string) => ['venues', id] })
    async one(id: string) {
      return { id, name: this.name };
    }

    @Cacheable({ key: (id: string) => ['matches', id], tiers: ['memory'] })
    async match(id: string) {
      return { id, venue: await this.one('9') };
    }

    @Cacheable({ key: (id: string) => ['shared-matches', id], tiers: ['redis'] })
    async shared(id: string) {
      return { id, venue: { id: '9', name: this.name } };
    }
  }

  it.each(['match', 'shared'] as const)('audits providers with Redis, and names the write: %s', async (method) => {
    const keyPrefix = `audited-${method}`;
    const { app } = await applications.start({ providers: [Venues] }, { larder: { redis: redis.url, keyPrefix } });
    const venues = app.get(Venues);
    await venues[method]('3');
    await venues.rename('9', 'new');
    await venues[method]('3');
    const { message } = await failureOf();
    expect(message).toContain("venue.name: served 'old', a fresh load returns 'new'");
    expect(message).toMatch(
      /Venues.rename invalidated venues:9 .* after the load; the answer also contains `venue.name`/,
    );
  });

  it('passes a test whose writes invalidate what they change', async () => {
    const { app, cache } = await applications.start({ providers: [Venues] });
    const venues = app.get(Venues);
    for (const name of ['one', 'two', 'three']) {
      await venues.one('9');
      await venues.rename('9', name);
      expect(await venues.one('9')).toEqual({ id: '9', name });
    }
    await hooks.each();
    expect(cache.stats().audit).toMatchObject({ stale: 0 });
  });

  it('finds what a test that closes its application has left', async () => {
    const { app } = await applications.start({ providers: [Venues] });
    const venues = app.get(Venues);
    await venues.match('3');
    venues.name = 'new';
    await venues.match('3');
    await app.close();
    expect((await failureOf()).findings).toMatchObject([{ method: 'Venues.match' }]);
  });

  it('audits caches without Nest, and no cache that was created after stop', async () => {
    const row = { name: 'old' };
    const read = (cache: Cache) => cache.getOrLoad(['k'], async () => ({ ...row }));
    const makeStale = async (cache: Cache) => {
      row.name = 'old';
      await read(cache);
      row.name = 'new';
      await read(cache);
      await cache.close();
    };
    const other = auditEverything({ afterEach: () => {}, afterAll: () => {} });
    other.stop();
    await makeStale(await createCache());
    expect(await other.findings()).toEqual([]);
    expect((await failureOf()).findings).toHaveLength(1);
  });

  it('needs the hooks of a test runner', () => {
    const { afterAll: all, afterEach: each } = globalThis as Partial<Record<string, unknown>>;
    Object.assign(globalThis, { afterAll: undefined, afterEach: undefined });
    try {
      expect(() => auditEverything()).toThrow(
        /pass those of your test runner: auditEverything\(\{ afterEach, afterAll \}\)/,
      );
    } finally {
      Object.assign(globalThis, { afterAll: all, afterEach: each });
    }
  });
});
