import { Inject, Injectable } from '@nestjs/common';
import { eq } from 'drizzle-orm';
import { Cacheable } from 'nest-larder';
import { DATABASE, type Database } from '../../platform/database/database.js';
import { memberOfKey } from './release.keys.js';
import { tenantMembers } from './release.tables.js';

/** Tenants of users. */
@Injectable()
export class Memberships {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /**
   * The ids of a user's tenants. Strong, because it decides access: a member who is removed has none at the next
   * request to any process. Without the change feed, a removed member keeps access for up to a minute.
   */
  @Cacheable({ key: memberOfKey, ttl: '1m', consistency: 'strong' })
  async of(userId: string): Promise<readonly string[]> {
    const rows = await this.database
      .select({ id: tenantMembers.tenantId })
      .from(tenantMembers)
      .where(eq(tenantMembers.userId, userId))
      .orderBy(tenantMembers.tenantId);
    return rows.map(({ id }) => id);
  }
}
