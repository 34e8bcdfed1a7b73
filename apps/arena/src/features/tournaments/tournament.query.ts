import { and, desc, eq, type SQL, sql } from 'drizzle-orm';
import type { Database, Transaction } from '../../platform/database/database.js';
import type { Tournament, TournamentQuery } from './tournament.schemas.js';
import { entries, tournaments, venues } from './tournament.tables.js';

type Row = Omit<Tournament, 'startsAt'> & { startsAt: Date };

/** All tournaments with their public fields, the latest first; the caller adds a filter. */
export function selectTournaments(database: Database | Transaction) {
  return database
    .select({
      id: tournaments.id,
      name: tournaments.name,
      discipline: tournaments.discipline,
      status: tournaments.status,
      startsAt: tournaments.startsAt,
      venue: { id: venues.id, name: venues.name, city: venues.city },
      capacity: tournaments.capacity,
      entries: sql<number>`(select count(*)::int from ${entries} where ${entries.tournamentId} = ${tournaments.id})`,
      entryFeeCents: tournaments.entryFeeCents,
    })
    .from(tournaments)
    .innerJoin(venues, eq(venues.id, tournaments.venueId))
    .orderBy(desc(tournaments.startsAt), desc(tournaments.id))
    .$dynamic();
}

export function toTournament(row: Row): Tournament {
  return { ...row, startsAt: row.startsAt.toISOString() };
}

/** The SQL condition of a list's filter. */
export function filteredBy({ status, venueId }: Pick<TournamentQuery, 'status' | 'venueId'>): SQL | undefined {
  return and(
    status === undefined ? undefined : eq(tournaments.status, status),
    venueId === undefined ? undefined : eq(tournaments.venueId, venueId),
  );
}
