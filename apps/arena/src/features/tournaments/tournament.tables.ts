import { sql } from 'drizzle-orm';
import { check, index, integer, pgEnum, pgSequence, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { createdAt, id, instant, ownId } from '../../platform/database/columns.js';
import { users } from '../sign-in/users/user.tables.js';

export const venueIds = pgSequence('venue_ids');
export const tournamentIds = pgSequence('tournament_ids');

export const tournamentStatus = pgEnum('tournament_status', ['upcoming', 'open', 'running', 'finished', 'cancelled']);
export const discipline = pgEnum('discipline', ['8-ball', '9-ball', '10-ball', 'straight pool', 'one-pocket']);

export const venues = pgTable(
  'venues',
  {
    id: ownId(venueIds),
    name: text('name').notNull(),
    city: text('city').notNull(),
    tables: integer('tables').notNull(),
  },
  (venue) => [check('venues_have_tables', sql`${venue.tables} > 0`)],
);

export const tournaments = pgTable(
  'tournaments',
  {
    id: ownId(tournamentIds),
    venueId: id('venue_id')
      .notNull()
      .references(() => venues.id),
    name: text('name').notNull(),
    discipline: discipline('discipline').notNull(),
    status: tournamentStatus('status').notNull().default('upcoming'),
    startsAt: instant('starts_at').notNull(),
    capacity: integer('capacity').notNull(),
    entryFeeCents: integer('entry_fee_cents').notNull(),
    createdAt: createdAt(),
  },
  (tournament) => [
    // One index for each filter of a list, in the order of the list.
    index('tournaments_by_start').on(tournament.startsAt.desc().nullsFirst(), tournament.id.desc().nullsFirst()),
    index('tournaments_by_status').on(
      tournament.status,
      tournament.startsAt.desc().nullsFirst(),
      tournament.id.desc().nullsFirst(),
    ),
    index('tournaments_by_venue').on(
      tournament.venueId,
      tournament.startsAt.desc().nullsFirst(),
      tournament.id.desc().nullsFirst(),
    ),
    check('tournaments_have_places', sql`${tournament.capacity} between 2 and 256`),
    check('tournaments_cost_no_less_than_nothing', sql`${tournament.entryFeeCents} >= 0`),
  ],
);

export const entries = pgTable(
  'entries',
  {
    tournamentId: id('tournament_id')
      .notNull()
      .references(() => tournaments.id, { onDelete: 'cascade' }),
    userId: id('user_id')
      .notNull()
      .references(() => users.id),
    createdAt: createdAt(),
    /** From 1, the winner; null before the results. */
    place: integer('place'),
  },
  (entry) => [
    primaryKey({ columns: [entry.tournamentId, entry.userId] }),
    index('entries_by_user').on(entry.userId),
    uniqueIndex('entries_one_a_place').on(entry.tournamentId, entry.place).where(sql`${entry.place} is not null`),
    check('entries_have_places_from_one', sql`${entry.place} > 0`),
  ],
);
