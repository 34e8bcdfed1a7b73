/** A typical cached value that an application reads often. */
export interface Tournament {
  readonly id: string;
  readonly title: string;
  readonly venueId: string;
  readonly seats: number;
}

/** Ten thousand ids as strings, as in a URL. */
export const IDS: readonly string[] = Array.from({ length: 10_000 }, (_, index) => String(index + 1));

/** The number of loads: one per id if all later reads were hits. */
export let loads = 0;

export async function loadTournament(id: string): Promise<Tournament> {
  loads++;
  return { id, title: `Tournament ${id}`, venueId: String(Number(id) % 50), seats: 64 };
}
