import { Controller, Get, Header, Headers, Inject } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Cache, type CacheStats, Flags } from 'nest-larder';
import { DEMO_USERS, HAS_DASHBOARD } from '../../platform/config/deployment.module.js';
import { OPEN_DATABASE, type OpenDatabase } from '../../platform/database/open-database.js';
import { PAGE_POLICY } from '../../platform/pages/page.js';
import { Census } from './census.js';
import { startPage } from './start-page.js';

@ApiExcludeController()
@Controller()
export class StartPageController {
  constructor(
    private readonly census: Census,
    private readonly cache: Cache,
    private readonly flags: Flags,
    @Inject(HAS_DASHBOARD) private readonly hasDashboard: boolean,
    @Inject(DEMO_USERS) private readonly hasDemoUsers: boolean,
    @Inject(OPEN_DATABASE) private readonly database: OpenDatabase,
  ) {}

  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', PAGE_POLICY)
  async show(@Headers('host') host = 'localhost'): Promise<string> {
    return startPage({
      host,
      parts: {
        Database: this.database.description,
        Cache: this.cache.isShared ? 'memory of this process, over Redis' : 'memory of this process',
        Process: `Node.js ${process.versions.node}, number ${process.pid}, up for ${Math.round(process.uptime())} s`,
      },
      counts: await this.census.take(),
      flags: Object.fromEntries(this.flags.list().map(({ name, enabled }) => [name, enabled])),
      hasDashboard: this.hasDashboard,
      hasDemoUsers: this.hasDemoUsers,
      cache: cacheInFigures(this.cache.stats()),
    });
  }
}

function cacheInFigures({ entries, bytes, hits, misses, hitRate }: CacheStats): Record<string, string | number> {
  const rate = hitRate === null ? '–' : `${Math.round(hitRate * 100)} %`;
  return { entries, kB: Math.ceil(bytes / 1024), hits, misses, 'of reads': rate };
}
