import { Inject, Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { sql } from 'drizzle-orm';
import { DATABASE, type Database } from '../database/database.js';
import { OPEN_DATABASE, type OpenDatabase, type PoolFigures } from '../database/open-database.js';

/** How long the database may take to answer, in milliseconds. */
const TIMEOUT = 2_000;

/** Whether the database answers, and how its pool is used. */
@Injectable()
export class DatabaseIndicator {
  constructor(
    private readonly health: HealthIndicatorService,
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OPEN_DATABASE) private readonly open: OpenDatabase,
  ) {}

  async check() {
    const indicator = this.health.check('database');
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${TIMEOUT} ms`)), TIMEOUT);
    });
    try {
      await Promise.race([this.database.execute(sql`select 1`), late]);
      return indicator.up(this.usage());
    } catch {
      return indicator.down({
        message: 'The database does not answer, so everything that is not cached fails.',
        action: 'Check the database. If pool.waiting is above 0, the pool is too small, or statements are too slow.',
        ...this.usage(),
      });
    } finally {
      clearTimeout(timer);
    }
  }

  private usage(): { readonly pool: PoolFigures } {
    return { pool: this.open.pool() };
  }
}
