import { HttpStatus, Inject, Injectable } from '@nestjs/common';
import { eq } from 'drizzle-orm';
import { DATABASE, type Database, type Transaction } from '../../platform/database/database.js';
import { theRow } from '../../platform/database/the-row.js';
import { Problem } from '../../platform/http/problems/problem.js';
import { type Page, rowsOf } from '../../platform/http/requests/page.js';
import {
  filteredBy,
  findLocked,
  findTournament,
  noTournament,
  selectTournaments,
  toTournament,
} from './tournament.query.js';
import type { NewTournament, Tournament, TournamentChanges, TournamentQuery } from './tournament.schemas.js';
import { tournaments, venues } from './tournament.tables.js';

/** Tournaments in the database. Writes invalidate nothing: cached pages depend on their queries. */
@Injectable()
export class Tournaments {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  async list(query: TournamentQuery): Promise<Page<Tournament>> {
    const { offset, limit } = rowsOf(query);
    const filter = filteredBy(query);
    const [rows, total] = await Promise.all([
      selectTournaments(this.database).where(filter).offset(offset).limit(limit),
      this.database.$count(tournaments, filter),
    ]);
    return { items: rows.map(toTournament), page: query.page, perPage: query.perPage, total };
  }

  /** @throws NotFoundException */
  async one(id: string): Promise<Tournament> {
    return findTournament(this.database, id);
  }

  /** @throws Problem if the venue does not exist */
  async create({ startsAt, ...plan }: NewTournament): Promise<Tournament> {
    return this.database.transaction(async (transaction) => {
      await mustBeVenue(transaction, plan.venueId);
      const values = { ...plan, startsAt: new Date(startsAt) };
      const { id } = theRow(await transaction.insert(tournaments).values(values).returning({ id: tournaments.id }));
      return findTournament(transaction, id);
    });
  }

  /**
   * @throws NotFoundException
   * @throws Problem if the venue does not exist, or more players have entered than the new capacity allows
   */
  async update(id: string, changes: TournamentChanges): Promise<Tournament> {
    return this.database.transaction(async (transaction) => {
      const before = await findLocked(transaction, id);
      if (Object.keys(changes).length === 0) return before;
      if (changes.venueId !== undefined) await mustBeVenue(transaction, changes.venueId);
      const { capacity = before.capacity } = changes;
      if (capacity < before.entries) throw tooManyEntries(before, capacity);
      const { startsAt, ...others } = changes;
      const values = startsAt === undefined ? others : { ...others, startsAt: new Date(startsAt) };
      await transaction.update(tournaments).set(values).where(eq(tournaments.id, id));
      return findTournament(transaction, id);
    });
  }

  /**
   * Removes a tournament and its entries.
   *
   * @throws NotFoundException
   */
  async remove(id: string): Promise<void> {
    const { rowCount } = await this.database.delete(tournaments).where(eq(tournaments.id, id));
    if (rowCount === 0) throw noTournament(id);
  }
}

async function mustBeVenue(transaction: Transaction, id: string): Promise<void> {
  if ((await transaction.$count(venues, eq(venues.id, id))) > 0) return;
  throw new Problem(HttpStatus.UNPROCESSABLE_ENTITY, 'no-such-venue', `There is no venue ${id}.`);
}

function tooManyEntries({ id, entries }: Tournament, capacity: number): Problem {
  const detail = `${entries} players have entered tournament ${id}; its capacity cannot be ${capacity}.`;
  return new Problem(HttpStatus.CONFLICT, 'too-many-entries', detail);
}
