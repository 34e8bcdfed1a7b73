/** A page of arena's tournaments, as in the response to `GET /v1/tournaments`. */
export interface TournamentPage {
  readonly items: readonly Tournament[];
  readonly page: number;
  readonly perPage: number;
  readonly total: number;
}

interface Tournament {
  readonly id: string;
  readonly name: string;
  readonly discipline: string;
  readonly status: string;
  readonly startsAt: string;
  readonly venue: { readonly id: string; readonly name: string; readonly city: string };
  readonly capacity: number;
  readonly entries: number;
  readonly entryFeeCents: number;
}

/** The first items: 20 take about 4 KB as JSON. */
export function pageOf(items: number): TournamentPage {
  return {
    items: Array.from({ length: items }, (_, index) => tournament(index + 1)),
    page: 1,
    perPage: items,
    total: 500,
  };
}

function tournament(number: number): Tournament {
  const venue = (number % 20) + 1;
  return {
    id: String(number),
    name: `Tournament number ${number}`,
    discipline: number % 2 === 0 ? '8-ball' : '9-ball',
    status: 'open',
    startsAt: new Date(1_800_000_000_000 + number * 3_600_000).toISOString(),
    venue: { id: String(venue), name: `Venue ${venue}`, city: 'Hamburg' },
    capacity: 32,
    entries: number % 32,
    entryFeeCents: 1500,
  };
}
