/** What is cached: what an application reads again and again. */
export interface Tournament {
  readonly id: string;
  readonly title: string;
  readonly venueId: string;
  readonly seats: number;
}

/** Ten thousand ids, as they come out of a URL. */
export const IDS: readonly string[] = Array.from({ length: 10_000 }, (_, index) => String(index + 1));

/** How often a source was asked: once for each id, if everything after that was a hit. */
export let loads = 0;

export async function loadTournament(id: string): Promise<Tournament> {
  loads++;
  return { id, title: `Tournament ${id}`, venueId: String(Number(id) % 50), seats: 64 };
}
