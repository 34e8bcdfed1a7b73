import { randomOf } from '../measure/random.js';

// Values as an application has them: strings, numbers and lists, with the same fields in every row.

const random = randomOf(11);

function text(length: number): string {
  return Array.from({ length }, () => String.fromCharCode(97 + whole(26))).join('');
}

function whole(below: number): number {
  return Math.floor(random() * below);
}

/** A row of a table: its JSON has about 250 bytes. */
function row() {
  return {
    id: text(8),
    title: text(60),
    venueId: text(8),
    status: text(8),
    seats: whole(500),
    fee: whole(5_000) / 100,
    startsAt: '2026-11-05T18:00:00.000Z',
    isOpen: random() < 0.5,
    players: [whole(9_999), whole(9_999), whole(9_999)],
  };
}

/** A page of rows. */
export interface Page {
  readonly id: string;
  readonly items: readonly ReturnType<typeof row>[];
  readonly page: number;
}

/** Values of one size, and their ids. */
export interface Payload {
  readonly size: string;
  readonly ids: readonly string[];
  readonly valueUnder: (id: string) => Page;
}

function payload(size: string, count: number, rows: number): Payload {
  const ids = Array.from({ length: count }, (_, index) => String(index + 1));
  const values = new Map(ids.map((id) => [id, { id, items: Array.from({ length: rows }, row), page: 1 }]));
  return { size, ids, valueUnder: (id) => values.get(id) as Page };
}

export const SMALL = payload('1 KB', 400, 4);
export const LARGE = payload('50 KB', 120, 205);
