import { randomOf } from '../measure/random.js';

// Values as applications have them. Strings are decoded from bytes, as by a database driver, so that each is separate:
// JSON.parse shares equal short strings.

const random = randomOf(4);

/** A string of so many letters. */
function text(length: number): string {
  const letters = Buffer.allocUnsafe(length);
  for (let index = 0; index < length; index++) letters[index] = 97 + whole(26);
  return letters.toString('latin1');
}

function whole(below: number): number {
  return Math.floor(random() * below);
}

function list<T>(length: number, make: () => T): T[] {
  return Array.from({ length }, make);
}

/** A row of a table: with a title of 30 letters its JSON has about 200 bytes. */
function row(letters: number) {
  return {
    id: text(8),
    title: text(letters),
    venueId: text(8),
    status: text(8),
    seats: whole(500),
    fee: whole(5_000) / 100 + 0.001,
    startsAt: text(24),
    open: random() < 0.5,
  };
}

const ITEMS = list(1_000, () => text(8));

function countByItem(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let count = 0; count < 100; count++) counts[ITEMS[whole(1_000)] as string] = count;
  return counts;
}

/** A factory for each kind of value. */
export const KINDS = {
  'a row of 200 bytes': () => row(30),
  'a row of 1 KB': () => row(850),
  'a list of 20 rows': () => ({ items: list(20, () => row(30)), page: 1, total: whole(900) }),
  'a text of 200 letters': () => text(200),
  'a text outside Latin-1': () => Buffer.from(`${text(99)}\u20ac`).toString(),
  'a list of 50 whole numbers': () => list(50, () => whole(1_000)),
  'a list of 50 fractions': () => list(50, random),
  'a list of 50 texts': () => list(50, () => text(12)),
  'a tree': () => ({ user: { id: text(8), address: { street: text(20), town: text(10) } }, roles: [text(6), text(6)] }),
  '5 rows with dates': () => list(5, () => ({ id: whole(9_999), at: new Date(1_700_000_000_000 + whole(1e9)) })),
  'a Map of 20 numbers': () => new Map(list(20, () => [text(8), whole(1_000)])),
  'a Set of 20 texts': () => new Set(list(20, () => text(8))),
  'binary data of 1 KB': () => new Uint8Array(1_024).fill(whole(255)),
  'a whole number': () => whole(1_000),
  'a row grown by spread': () => ({ ...row(30), venue: text(20) }),
  'a count for each of 100 items': countByItem,
} as const satisfies Record<string, () => unknown>;

export type Kind = keyof typeof KINDS;

/**
 * Kinds that larder cannot estimate well: a number is smaller than its bookkeeping, whose size depends on hits, and V8's
 * layout of objects not made from one literal is invisible to it.
 */
export const ROUGHLY_KNOWN: readonly Kind[] = [
  'a whole number',
  'a row grown by spread',
  'a count for each of 100 items',
];
