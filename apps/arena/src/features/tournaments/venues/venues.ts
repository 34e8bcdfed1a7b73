import { Inject, Injectable, NotFoundException } from '@nestjs/common';
import { and, asc, eq, inArray } from 'drizzle-orm';
import { DATABASE, type Database } from '../../../platform/database/database.js';
import { tournaments, venues } from '../tournament.tables.js';
import type { VenueList, VenueWithTournaments } from './venue.schemas.js';

const NEXT_TOURNAMENTS = 10;

/** Venues; arena only reads them. */
@Injectable()
export class Venues {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  async list(): Promise<VenueList> {
    return {
      venues: await this.database.select().from(venues).orderBy(asc(venues.city), asc(venues.name), asc(venues.id)),
    };
  }

  /** @throws NotFoundException */
  async one(id: string): Promise<VenueWithTournaments> {
    const { name, discipline, status, startsAt } = tournaments;
    const isNext = and(eq(tournaments.venueId, id), inArray(status, ['running', 'open', 'upcoming']));
    const [[venue], next] = await Promise.all([
      this.database.select().from(venues).where(eq(venues.id, id)),
      this.database
        .select({ id: tournaments.id, name, discipline, status, startsAt })
        .from(tournaments)
        .where(isNext)
        .orderBy(asc(startsAt), asc(tournaments.id))
        .limit(NEXT_TOURNAMENTS),
    ]);
    if (venue === undefined) throw new NotFoundException(`There is no venue ${id}.`);
    return { ...venue, tournaments: next.map((row) => ({ ...row, startsAt: row.startsAt.toISOString() })) };
  }
}
