import { Inject, Injectable } from '@nestjs/common';
import { inArray } from 'drizzle-orm';
import { CacheableBatch } from 'nest-larder';
import { DATABASE, type Database } from '../../../platform/database/database.js';
import { type Profile, profileKey } from './profile.js';
import { users } from './user.tables.js';

/** Reads public columns only, so that no private field is ever cached. */
const columns = { id: users.id, name: users.name, organiser: users.organiser, createdAt: users.createdAt };

/** Public profiles of users. */
@Injectable()
export class Profiles {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** In the order of the ids; `undefined` for a user who does not exist. */
  @CacheableBatch({ key: profileKey, ttl: '10m' })
  async many(ids: readonly string[]): Promise<(Profile | undefined)[]> {
    const rows = await this.database
      .select(columns)
      .from(users)
      .where(inArray(users.id, [...ids]));
    const profiles = new Map(rows.map((row) => [row.id, { ...row, createdAt: row.createdAt.toISOString() }]));
    return ids.map((id) => profiles.get(id));
  }
}
