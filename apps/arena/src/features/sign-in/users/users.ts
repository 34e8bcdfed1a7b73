import { Inject, Injectable } from '@nestjs/common';
import { eq } from 'drizzle-orm';
import { DEMO_USERS } from '../../../platform/config/deployment.module.js';
import { DATABASE, type Database } from '../../../platform/database/database.js';
import { DEMO_PASSWORD, isPassword, NO_PASSWORD } from './password.js';
import type { User } from './user.js';
import { users } from './user.tables.js';

@Injectable()
export class Users {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(DEMO_USERS) private readonly demoUsers: boolean,
  ) {}

  /** The user with this address and password; undefined if either is wrong, which takes the same time. */
  async identify(email: string, password: string): Promise<User | undefined> {
    const [user] = await this.database.select().from(users).where(eq(users.email, email));
    const known = await isPassword(password, user?.passwordHash ?? NO_PASSWORD);
    const isAdmitted = this.demoUsers || user?.passwordHash !== DEMO_PASSWORD;
    return known && isAdmitted && user ? toUser(user) : undefined;
  }
}

function toUser({ id, name, organiser, staff }: typeof users.$inferSelect): User {
  return { id, name, organiser, staff };
}
