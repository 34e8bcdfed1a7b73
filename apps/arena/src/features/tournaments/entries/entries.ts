import { HttpStatus, Inject, Injectable } from '@nestjs/common';
import { and, asc, eq, inArray, sql } from 'drizzle-orm';
import { DATABASE, type Database } from '../../../platform/database/database.js';
import { Problem } from '../../../platform/http/problems/problem.js';
import { Notifications, type Told } from '../../notifications/notifications.js';
import { users } from '../../sign-in/users/user.tables.js';
import { findLocked, findTournament } from '../tournament.query.js';
import type { Tournament } from '../tournament.schemas.js';
import { entries, tournaments } from '../tournament.tables.js';
import type { EntryList } from './entry.schemas.js';

/** A finished tournament, and the notification of its winner. */
export interface Finish {
  readonly tournament: Tournament;
  readonly told: readonly Told[];
}

/** Who plays in a tournament, and the results. Each write locks the tournament, so that concurrent ones follow each other. */
@Injectable()
export class Entries {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly notifications: Notifications,
  ) {}

  /**
   * The players of a tournament: by place, then in the order of their entries.
   *
   * @throws NotFoundException
   */
  async of(tournamentId: string): Promise<EntryList> {
    const rows = await this.database
      .select({
        player: { id: users.id, name: users.name },
        enteredAt: entries.createdAt,
        place: entries.place,
      })
      .from(entries)
      .innerJoin(users, eq(users.id, entries.userId))
      .where(eq(entries.tournamentId, tournamentId))
      .orderBy(sql`${entries.place} nulls last`, asc(entries.createdAt), asc(entries.userId));
    if (rows.length === 0) await findTournament(this.database, tournamentId);
    return { entries: rows.map((row) => ({ ...row, enteredAt: row.enteredAt.toISOString() })) };
  }

  /**
   * Enters a player.
   *
   * @returns the tournament with the new entry
   * @throws NotFoundException
   * @throws Problem if it is not open, is full, or the player has entered already
   */
  async enter(id: string, userId: string): Promise<Tournament> {
    return this.database.transaction(async (transaction) => {
      const tournament = await findLocked(transaction, id);
      if (tournament.status !== 'open') throw notOpen(tournament);
      const entry = { tournamentId: id, userId };
      const added = await transaction.insert(entries).values(entry).onConflictDoNothing().returning();
      if (added.length === 0) throw alreadyEntered(tournament);
      if (tournament.entries >= tournament.capacity) throw full(tournament);
      return { ...tournament, entries: tournament.entries + 1 };
    });
  }

  /**
   * Withdraws a player.
   *
   * @returns the tournament without the entry
   * @throws NotFoundException
   * @throws Problem if it is not open, or the player has not entered
   */
  async withdraw(id: string, userId: string): Promise<Tournament> {
    return this.database.transaction(async (transaction) => {
      const tournament = await findLocked(transaction, id);
      if (tournament.status !== 'open') throw notOpen(tournament);
      const isTheirs = and(eq(entries.tournamentId, id), eq(entries.userId, userId));
      const { rowCount } = await transaction.delete(entries).where(isTheirs);
      if (rowCount === 0) throw notEntered(tournament);
      return { ...tournament, entries: tournament.entries - 1 };
    });
  }

  /**
   * Finishes a running tournament, and notifies the winner. A finished one gets other results.
   *
   * @param places ids of players who have entered, the winner first
   * @throws NotFoundException
   * @throws Problem if it is neither running nor finished, or a player has not entered
   */
  async finish(id: string, places: readonly string[]): Promise<Finish> {
    return this.database.transaction(async (transaction) => {
      const before = await findLocked(transaction, id);
      if (before.status !== 'running' && before.status !== 'finished') throw notRunning(before);
      const isNamed = and(eq(entries.tournamentId, id), inArray(entries.userId, [...places]));
      if ((await transaction.$count(entries, isNamed)) < places.length) throw unknownPlayer(before);
      await transaction.update(entries).set({ place: null }).where(eq(entries.tournamentId, id));
      await transaction.execute(sql`
        update ${entries} set place = placed.place
        from unnest(${sql.param([...places])}::bigint[]) with ordinality as placed (user_id, place)
        where tournament_id = ${id} and ${entries}.user_id = placed.user_id`);
      await transaction.update(tournaments).set({ status: 'finished' }).where(eq(tournaments.id, id));
      const winner = places[0] as string;
      const told = await this.notifications.tellAll(transaction, [
        { userId: winner, title: 'You won', body: `You won ${before.name}.` },
      ]);
      return { tournament: { ...before, status: 'finished' }, told };
    });
  }
}

function notOpen({ id, status }: Tournament): Problem {
  const detail = `Tournament ${id} takes no entries and no withdrawals: it is ${status}.`;
  return new Problem(HttpStatus.CONFLICT, 'tournament-not-open', detail);
}

function alreadyEntered({ id }: Tournament): Problem {
  return new Problem(HttpStatus.CONFLICT, 'already-entered', `You have entered tournament ${id} already.`);
}

function notEntered({ id }: Tournament): Problem {
  return new Problem(HttpStatus.CONFLICT, 'not-entered', `You have not entered tournament ${id}.`);
}

function full({ id, capacity }: Tournament): Problem {
  return new Problem(HttpStatus.CONFLICT, 'tournament-full', `All ${capacity} places of tournament ${id} are taken.`);
}

function notRunning({ id, status }: Tournament): Problem {
  const detail = `Tournament ${id} has no results: it is ${status}. Set its status to running first.`;
  return new Problem(HttpStatus.CONFLICT, 'tournament-not-running', detail);
}

function unknownPlayer({ id }: Tournament): Problem {
  const detail = `The results name a player who has not entered tournament ${id}.`;
  return new Problem(HttpStatus.UNPROCESSABLE_ENTITY, 'unknown-player', detail);
}
