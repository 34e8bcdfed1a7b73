import { randomOf } from '../measure/random.js';

// Values as applications have them. Texts are made from bytes, as a database driver makes them, so that each is a string of
// its own: what JSON.parse makes of short texts is shared by all who hold the same.

const random = randomOf(4);

/** A text of so many letters. */
export function text(length: number): string {
  const letters = Buffer.allocUnsafe(length);
  for (let index = 0; index < length; index++) letters[index] = 97 + Math.floor(random() * 26);
  return letters.toString('latin1');
}

function whole(below: number): number {
  return Math.floor(random() * below);
}

/** A row of a table: its JSON is about 200 bytes long. */
function row(index: number) {
  return {
    id: text(8),
    title: text(30),
    venueId: text(8),
    status: text(8),
    seats: whole(500),
    fee: whole(5_000) / 100 + 0.001,
    startsAt: text(24),
    open: index % 2 === 0,
  };
}

/** How a value of each kind is made. */
export const KINDS = {
  'a row of 200 bytes': row,
  'a row of 1 KB': (index: number) => ({ ...row(index), description: text(820) }),
  'a list of 20 rows': (index: number) => ({
    items: Array.from({ length: 20 }, () => row(index)),
    page: 1,
    total: whole(900),
  }),
  'a text of 200 letters': () => text(200),
  'a text outside Latin-1': () => `${text(99)}\u20ac`,
  'a small number': (index: number) => index,
  'a fraction': () => random(),
  'a list of 50 small numbers': () => Array.from({ length: 50 }, () => whole(1_000)),
  'a list of 50 fractions': () => Array.from({ length: 50 }, random),
  'a list of 50 texts': () => Array.from({ length: 50 }, () => text(12)),
  'a tree': () => ({ user: { id: text(8), address: { street: text(20), town: text(10) } }, roles: [text(6), text(6)] }),
  'rows with dates': (index: number) => [1, 2, 3, 4, 5].map(() => ({ id: whole(9_999), at: new Date(index * 1_000) })),
  'a Map of 20 numbers': () => new Map(Array.from({ length: 20 }, () => [text(8), whole(1_000)])),
  'a Set of 20 texts': () => new Set(Array.from({ length: 20 }, () => text(8))),
  'a record of 100 numbers': () => Object.fromEntries(Array.from({ length: 100 }, () => [text(8), whole(1_000)])),
  'binary data of 1 KB': () => new Uint8Array(1_024).fill(whole(255)),
} as const satisfies Record<string, (index: number) => unknown>;

export type Kind = keyof typeof KINDS;
