import { Inject, Injectable, NotFoundException } from '@nestjs/common';
import { and, eq } from 'drizzle-orm';
import { CacheInvalidate } from 'nest-larder';
import { DATABASE, type Database } from '../../../platform/database/database.js';
import type { Me, NewAccount } from '../account.schemas.js';
import { hashed, isPassword } from './password.js';
import { meKey, profileKey } from './profile.js';
import { nameOf } from './shown-names.js';
import type { User } from './user.js';
import { users } from './user.tables.js';

const columns = {
  id: users.id,
  email: users.email,
  name: users.name,
  organiser: users.organiser,
  staff: users.staff,
  createdAt: users.createdAt,
};

/** Accounts of users. The database decides who gets an address that two users want at once. */
@Injectable()
export class Accounts {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** @returns `undefined` if the address has an account */
  async create({ email, name, password }: NewAccount): Promise<User | undefined> {
    const values = { email, name, passwordHash: await hashed(password) };
    const [created] = await this.database.insert(users).values(values).onConflictDoNothing().returning(columns);
    return created && { id: created.id, name, organiser: created.organiser, staff: created.staff };
  }

  /** @throws NotFoundException */
  async one(id: string): Promise<Me> {
    const [row] = await this.database.select(columns).from(users).where(eq(users.id, id));
    return toMe(row);
  }

  /** @throws NotFoundException */
  @CacheInvalidate({ targets: (id: string) => [meKey(id), profileKey(id), nameOf(id)] })
  async rename(id: string, name: string): Promise<Me> {
    const [row] = await this.database.update(users).set({ name }).where(eq(users.id, id)).returning(columns);
    return toMe(row);
  }

  /** @returns `undefined` if the current password is wrong, or another request has changed it meanwhile */
  async changePassword(id: string, current: string, password: string): Promise<true | undefined> {
    const [row] = await this.database.select({ hash: users.passwordHash }).from(users).where(eq(users.id, id));
    if (row === undefined || !(await isPassword(current, row.hash))) return undefined;
    const { rowCount } = await this.database
      .update(users)
      .set({ passwordHash: await hashed(password) })
      .where(and(eq(users.id, id), eq(users.passwordHash, row.hash)));
    return rowCount === 1 ? true : undefined;
  }
}

function toMe(row: (Omit<Me, 'createdAt'> & { createdAt: Date }) | undefined): Me {
  if (row === undefined) throw new NotFoundException('Your account was removed.');
  return { ...row, createdAt: row.createdAt.toISOString() };
}
