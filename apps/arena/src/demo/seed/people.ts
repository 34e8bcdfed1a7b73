import { DEMO_PASSWORD } from '../../features/sign-in/users/password.js';
import type { users } from '../../features/sign-in/users/user.tables.js';
import { DAY, ids, seasonPlus } from './season.js';

export const USERS = 200;

const FIRST_NAMES =
  'Ada Bruno Carla Dmitri Elif Femi Greta Hugo Ines Jonas Keiko Liam Mara Nils Olga Pablo Quinn Rosa Sven Tara'.split(
    ' ',
  );
const LAST_NAMES = 'Abara Berg Castillo Dufour Eriksen Fontana Greco Haddad Ivanova Jensen'.split(' ');

/** player1 … player200, each with a different name; player1 is also an organiser and a staff member. */
export function people(): (typeof users.$inferInsert)[] {
  return ids(USERS).map((id, index) => ({
    id,
    email: `player${id}@arena.test`,
    name: `${FIRST_NAMES[index % 20]} ${LAST_NAMES[Math.floor(index / 20)]}`,
    passwordHash: DEMO_PASSWORD,
    organiser: id === '1',
    staff: id === '1',
    createdAt: seasonPlus((index - 2 * USERS) * DAY),
  }));
}
