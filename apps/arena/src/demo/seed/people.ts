import type { users } from '../../features/sign-in/users/user.tables.js';
import { DAY, ids, seasonPlus } from './season.js';

export const USERS = 200;

/** scrypt of the password `arena`, the same for all of them, so that 200 need not be computed. */
const PASSWORD_HASH = 'scrypt$16384$8$1$YXJlbmEtc2VlZC1zYWx0IQ$HJXZaFTGp1hJyQyYv7ptjJU7IMRRuCzDbhdNX66SloI';

const FIRST_NAMES =
  'Ada Bruno Carla Dmitri Elif Femi Greta Hugo Ines Jonas Keiko Liam Mara Nils Olga Pablo Quinn Rosa Sven Tara'.split(
    ' ',
  );
const LAST_NAMES = 'Abara Berg Castillo Dufour Eriksen Fontana Greco Haddad Ivanova Jensen'.split(' ');

/** player1 … player200, every one under another name; player1 is also an organiser and of the staff. */
export function people(): (typeof users.$inferInsert)[] {
  return ids(USERS).map((id, index) => ({
    id,
    email: `player${id}@arena.test`,
    name: `${FIRST_NAMES[index % 20]} ${LAST_NAMES[Math.floor(index / 20)]}`,
    passwordHash: PASSWORD_HASH,
    organiser: id === '1',
    staff: id === '1',
    createdAt: seasonPlus((index - 2 * USERS) * DAY),
  }));
}
