import { boolean, pgSequence, pgTable, text } from 'drizzle-orm/pg-core';
import { createdAt, ownId } from '../../../platform/database/columns.js';

export const userIds = pgSequence('user_ids');

export const users = pgTable('users', {
  id: ownId(userIds),
  /** In lower case. */
  email: text('email').notNull().unique(),
  name: text('name').notNull(),
  passwordHash: text('password_hash').notNull(),
  organiser: boolean('organiser').notNull().default(false),
  staff: boolean('staff').notNull().default(false),
  createdAt: createdAt(),
});

/** The secret that signs the tokens of every process on this database. */
export const tokenSecrets = pgTable('token_secrets', {
  purpose: text('purpose').primaryKey(),
  secret: text('secret').notNull(),
  createdAt: createdAt(),
});
