import { NotFoundException } from '@nestjs/common';
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

/** @throws NotFoundException */
export async function findTournament(database: Database | Transaction, id: string): Promise<Tournament> {
  const [row] = await selectTournaments(database).where(eq(tournaments.id, id));
  if (!row) throw noTournament(id);
  return toTournament(row);
}

/** Locks the tournament: until the transaction ends, no other transaction changes or enters it. */
export async function findLocked(transaction: Transaction, id: string): Promise<Tournament> {
  // Lock in a separate statement: one that also counts would count the entries as of before the lock.
  await transaction.select({ id: tournaments.id }).from(tournaments).where(eq(tournaments.id, id)).for('update');
  return findTournament(transaction, id);
}

export function noTournament(id: string): NotFoundException {
  return new NotFoundException(`There is no tournament ${id}.`);
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
