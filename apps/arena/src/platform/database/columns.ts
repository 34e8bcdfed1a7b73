import { sql } from 'drizzle-orm';
import { customType, type PgSequence, timestamp } from 'drizzle-orm/pg-core';

/** An id: a bigint in the database, a string in code, where a number could be rounded. */
export const id = customType<{ data: string; driverData: string }>({ dataType: () => 'bigint' });

/** The primary key of a table, numbered by a sequence. */
export const ownId = (sequence: PgSequence) =>
  id('id')
    .primaryKey()
    .default(sql.raw(`nextval('${sequence.seqName}')`));

export const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });

/** When a row was written. */
export const createdAt = () => instant('created_at').notNull().defaultNow();
