import { Controller, Get, Header, Headers, Inject } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Cache, type CacheStats } from 'nest-larder';
import { OPEN_DATABASE, type OpenDatabase } from '../database/open-database.js';
import { Census } from './census.js';
import { startPage } from './start-page.js';

@ApiExcludeController()
@Controller()
export class StartPageController {
  constructor(
    private readonly census: Census,
    private readonly cache: Cache,
    @Inject(OPEN_DATABASE) private readonly database: OpenDatabase,
  ) {}

  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'; img-src data:")
  async show(@Headers('host') host = 'localhost'): Promise<string> {
    return startPage({
      host,
      parts: {
        Database: this.database.description,
        Cache: cacheInWords(this.cache.stats()),
        Process: `Node.js ${process.versions.node}, number ${process.pid}, up for ${Math.round(process.uptime())} s`,
      },
      counts: await this.census.take(),
    });
  }
}

function cacheInWords({ hits, misses, entries, bytes, hitRate }: CacheStats): string {
  const rate = hitRate === null ? 'no reads yet' : `${Math.round(hitRate * 100)} % of reads`;
  return `memory of this process; ${entries} entries in ${Math.ceil(bytes / 1024)} kB, ${hits} hits and ${misses} misses (${rate})`;
}
