import type {
  customers,
  deployments,
  products,
  tenantMembers,
  tenants,
  versions,
} from '../../features/releases/release.tables.js';
import { USERS } from './people.js';
import type { Random } from './random.js';
import { DAY, ids, seasonPlus } from './season.js';

const PRODUCTS = [
  'Scoreboard',
  'Table Light Control',
  'Booking Desk',
  'Bar Till',
  'League Ladder',
  'Shot Clock',
  'Stream Overlay',
  'Coin Lock',
  'Hall Display',
  'Membership Gate',
];
const MAJORS = 4;
const MINORS = 10;
/** The number of planned versions of each product. */
const PLANNED = 3;
const RELEASED = MAJORS * MINORS;
const CUSTOMERS = [
  'Corner Group',
  'Velvet Halls',
  'Eight Ball Holding',
  'Harbour Leisure',
  'Chalk & Cue',
  'Old Mill Clubs',
];
const TENANTS = 50;
const DEPLOYMENTS_EACH = 100;

const NOTES = ['Fewer taps to start a frame.', 'Faster on old screens.', 'Reads new cue sensors.', 'Smaller fixes.'];

export function productRows(): (typeof products.$inferInsert)[] {
  return PRODUCTS.map((name, index) => ({ id: String(index + 1), name }));
}

/** 1.0.0 to 4.9.0 of each product, one a month until the season; 4.10.0 and the two after it are not released. */
export function versionRows(random: Random): (typeof versions.$inferInsert)[] {
  return PRODUCTS.flatMap((_, product) =>
    Array.from({ length: RELEASED + PLANNED }, (_, index) => {
      const isPlanned = index >= RELEASED;
      const [major, minor] = isPlanned
        ? [MAJORS, index - RELEASED + MINORS]
        : [1 + Math.floor(index / MINORS), index % MINORS];
      return {
        id: String(product * (RELEASED + PLANNED) + index + 1),
        productId: String(product + 1),
        version: `${major}.${minor}.0`,
        notes: random.one(NOTES),
        security: random.fraction() < 0.1,
        releasedAt: isPlanned ? null : seasonPlus((index - RELEASED) * 30 * DAY),
      };
    }),
  );
}

export function customerRows(): (typeof customers.$inferInsert)[] {
  return CUSTOMERS.map((name, index) => ({ id: String(index + 1), name }));
}

export function tenantRows(): (typeof tenants.$inferInsert)[] {
  return ids(TENANTS).map((id, index) => ({
    id,
    customerId: String((index % CUSTOMERS.length) + 1),
    name: `Branch ${id}`,
  }));
}

/** Each player but player1, a staff member, belongs to one tenant: player2 to the first. */
export function memberRows(): (typeof tenantMembers.$inferInsert)[] {
  return ids(USERS - 1).map((_, index) => ({ tenantId: String((index % TENANTS) + 1), userId: String(index + 2) }));
}

/** A hundred deployments of each product, two at each tenant, some versions behind. */
export function deploymentRows(random: Random): (typeof deployments.$inferInsert)[] {
  return ids(PRODUCTS.length * DEPLOYMENTS_EACH).map((id, index) => {
    const product = index % PRODUCTS.length;
    return {
      id,
      productId: String(product + 1),
      tenantId: String((Math.floor(index / PRODUCTS.length) % TENANTS) + 1),
      stage: index < PRODUCTS.length * TENANTS ? 'production' : 'staging',
      versionId: String(product * (RELEASED + PLANNED) + random.between(RELEASED / 2, RELEASED)),
    };
  });
}
