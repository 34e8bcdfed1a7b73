import type { entries, tournaments } from '../../features/tournaments/tournament.tables.js';
import { USERS } from './people.js';
import type { Random } from './random.js';
import { DAY, HOUR, ids, seasonPlus } from './season.js';
import { VENUES } from './venues.js';

const TOURNAMENTS = 1_000;

type Tournament = typeof tournaments.$inferInsert & { id: string };
type Entry = typeof entries.$inferInsert;

const SERIES = [
  'Winter',
  'Spring',
  'Summer',
  'Autumn',
  'City',
  'Club',
  'Friday Night',
  'Sunday',
  'Masters',
  'Newcomers',
];
const EVENTS = ['Open', 'Cup', 'Classic', 'League Night', 'Challenge', 'Shoot-Out'];
const DISCIPLINES = ['8-ball', '9-ball', '10-ball', 'straight pool', 'one-pocket'] as const;
const CAPACITIES = [8, 16, 16, 16, 32, 32, 64];
/** Weighted by repetition: half of the tournaments are over. */
const STATUSES = [
  ...Array<'finished'>(10).fill('finished'),
  ...Array<'open'>(5).fill('open'),
  ...Array<'upcoming'>(3).fill('upcoming'),
  'running',
  'cancelled',
] as const;

/** Tournament 1 is open and has free places; the others are random. */
export function tournamentRows(random: Random): Tournament[] {
  return ids(TOURNAMENTS).map((id) => {
    const discipline = random.one(DISCIPLINES);
    const status = id === '1' ? 'open' : random.one(STATUSES);
    return {
      id,
      venueId: String(id === '1' ? 1 : random.between(1, VENUES)),
      name: `${random.one(SERIES)} ${random.one(EVENTS)} ${discipline}`,
      discipline,
      status,
      startsAt: seasonPlus(daysFromNow(status, random) * DAY + random.between(16, 20) * HOUR),
      capacity: id === '1' ? 64 : random.one(CAPACITIES),
      entryFeeCents: random.between(0, 10) * 500,
      createdAt: seasonPlus(-random.between(400, 500) * DAY),
    };
  });
}

/** Entries of all players but the first two, who can enter every open tournament in a demonstration. */
export function entryRows(random: Random, rows: readonly Tournament[]): Entry[] {
  const players = ids(USERS).slice(2);
  return rows.flatMap((tournament) =>
    random.some(filled(tournament, random), players).map((userId, order, all) => ({
      tournamentId: tournament.id,
      userId,
      createdAt: new Date((tournament.createdAt as Date).getTime() + order * HOUR),
      place: tournament.status === 'finished' ? all.length - order : null,
    })),
  );
}

function daysFromNow(status: Tournament['status'], random: Random): number {
  if (status === 'running') return 0;
  if (status === 'open' || status === 'upcoming') return random.between(14, 360);
  return -random.between(1, 380);
}

function filled({ status, capacity }: Tournament, random: Random): number {
  if (status === 'upcoming') return 0;
  if (status === 'open') return random.between(0, Math.floor(capacity * 0.8));
  return random.between(capacity / 2, capacity);
}
