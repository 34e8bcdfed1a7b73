import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MigratedApplication } from '../../support/migrate/application.js';

const TIME = 120_000;
let shop: MigratedApplication;

beforeAll(async () => {
  shop = await MigratedApplication.copy('shop');
}, TIME);

afterAll(() => shop.remove());

describe('nest-larder migrate, in a shop that caches responses', () => {
  it(
    'keeps the tests green, and a second run changes nothing',
    async () => {
      expect(await shop.test()).toMatchObject({ code: 0, output: expect.stringContaining('# pass 4') });
      const { code, output } = await shop.migrate('--write');
      expect({ code, output }).toEqual({
        code: 0,
        output: expect.stringContaining('4 files, 4 methods decorated, 2 left'),
      });
      expect(output).toContain('ProductsController.list  @Cacheable');
      expect(output).toContain('ProductsService.sell  @CacheInvalidate');
      expect(output).toMatch(
        /src\/orders\.controller\.ts:26 {2}OrdersController\.of: it is behind a guard.*\n.*@CacheScope/,
      );
      expect(output).toMatch(
        /src\/products\.controller\.ts:25 {2}ProductsController\.greeting: it reads more of the request/,
      );
      expect(await shop.test()).toMatchObject({ code: 0, output: expect.stringContaining('# pass 4') });
      const controller = await shop.read('src/products.controller.ts');
      expect(controller).toContain(
        "@Cacheable({ key: (category?: string) => ['/products', { category }], ttl: 30_000 })",
      );
      expect(controller).not.toMatch(/CacheKey|CacheTTL|@nestjs\/cache-manager/);
      await shop.commit();
      expect((await shop.migrate('--json')).output).toContain('"files": []');
    },
    TIME,
  );
});
