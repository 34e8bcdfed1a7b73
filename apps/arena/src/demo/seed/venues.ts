import type { venues } from '../../features/tournaments/tournament.tables.js';
import type { Random } from './random.js';
import { ids } from './season.js';

export const VENUES = 40;

const CITIES = 'Lisbon Hamburg Kraków Porto Ghent Turin Malmö Graz Leeds Nantes'.split(' ');
const KINDS = ['Billiards', 'Pool Hall', 'Cue Club', 'Break Room'];
const NAMES = 'Corner Velvet Rack Eight Harbour Blue Chalk Golden Union Station Old Mill'.split(' ');

/** Four in each city. */
export function venueRows(random: Random): (typeof venues.$inferInsert)[] {
  return ids(VENUES).map((id, index) => ({
    id,
    name: `${NAMES[(index * 7) % NAMES.length]} ${KINDS[Math.floor(index / 10)]}`,
    city: CITIES[index % 10] as string,
    tables: random.between(4, 24),
  }));
}
