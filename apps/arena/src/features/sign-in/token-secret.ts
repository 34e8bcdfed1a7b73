import { randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import type { Database } from '../../platform/database/database.js';
import { theRow } from '../../platform/database/the-row.js';
import { tokenSecrets } from './users/user.tables.js';

const PURPOSE = 'bearer tokens';

/** The secret that signs tokens, created by the first process that asks this database for it. */
export async function tokenSecret(database: Database): Promise<Uint8Array> {
  const fresh = { purpose: PURPOSE, secret: randomBytes(32).toString('base64url') };
  await database.insert(tokenSecrets).values(fresh).onConflictDoNothing();
  const { secret } = theRow(await database.select().from(tokenSecrets).where(eq(tokenSecrets.purpose, PURPOSE)));
  return Buffer.from(secret, 'base64url');
}
