import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MigratedApplication } from '../../support/migrate/application.js';
import { RedisServer } from '../../support/servers/redis-server.js';

const TIME = 120_000;
let news: MigratedApplication;
let redis: RedisServer;

beforeAll(async () => {
  [news, redis] = await Promise.all([MigratedApplication.copy('news'), RedisServer.start()]);
}, TIME);

afterAll(() => Promise.all([news.remove(), redis.stop()]));

describe('nest-larder migrate, with stores in Redis and an interceptor of its own', () => {
  it(
    'keeps the tests green',
    async () => {
      const env = { REDIS_URL: `redis://127.0.0.1:${redis.port}` };
      expect(await news.test(env)).toMatchObject({ code: 0, output: expect.stringContaining('# pass 2') });
      const { code, output } = await news.migrate('--write');
      expect({ code, output }).toEqual({
        code: 0,
        output: expect.stringContaining('3 files, 2 methods decorated, 1 left'),
      });
      expect(output).toMatch(/tenant-cache\.interceptor\.ts:\d+ {2}TenantCacheInterceptor extends CacheInterceptor/);
      expect(output).toContain('npm uninstall @nestjs/cache-manager cache-manager @keyv/redis keyv cacheable');
      expect(await news.test(env)).toMatchObject({ code: 0, output: expect.stringContaining('# pass 2') });
      const module = await news.read('src/app.module.ts');
      expect(module).toContain("({ redis: settings.get('REDIS_URL'), maxEntries: 5000 })");
      expect(module).not.toMatch(/Keyv|stores/);
    },
    TIME,
  );
});
