import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../../history/random.js';
import type { Site } from '../site/site.js';
import { type FaultKind, lasting, repeated } from './kind.js';

const OF_ARENA = "from pg_stat_activity where usename = 'arena'";

export const POSTGRES_KINDS: readonly FaultKind[] = [
  kind('idle-connections-ended', (site) =>
    repeated(5, 150, () => site.query(`select pg_terminate_backend(pid) ${OF_ARENA} and state = 'idle'`)),
  ),
  kind('transactions-ended', (site) =>
    repeated(40, 10, () =>
      site.query(`select pg_terminate_backend(pid) ${OF_ARENA} and xact_start is not null and state <> 'idle'`),
    ),
  ),
  kind('statements-cancelled', (site) =>
    repeated(40, 10, () => site.query(`select pg_cancel_backend(pid) ${OF_ARENA} and state = 'active'`)),
  ),
  kind('table-locked', (site, random) =>
    site.query(
      `begin; lock table tournaments in access exclusive mode; select pg_sleep(${random.between(1, 3)}); commit`,
    ),
  ),
  kind('disk-full', (site) =>
    lasting(
      1500,
      () => site.query('alter table tournaments enable trigger no_space'),
      () => site.query('alter table tournaments disable trigger no_space'),
    ),
  ),
  kind('read-only-database', (site) =>
    ofRole(site, 'set default_transaction_read_only = on', 'reset default_transaction_read_only'),
  ),
  kind('too-many-connections', (site) => ofRole(site, 'connection limit 2', 'connection limit -1')),
  kind('sign-in-refused', (site) => ofRole(site, 'nologin', 'login')),
  kind('database-cut-off', ({ databaseLine }, random) =>
    lasting(
      random.between(300, 2000),
      () => databaseLine.cut(),
      () => databaseLine.heal(),
    ),
  ),
  kind('database-half-open', ({ databaseLine }) =>
    lasting(
      3000,
      () => databaseLine.halfOpen(),
      () => databaseLine.heal(),
    ),
  ),
  kind('database-slow', ({ databaseLine }) =>
    lasting(
      2000,
      () => databaseLine.delay(150),
      () => databaseLine.heal(),
    ),
  ),
  kind('restarted-fast', async ({ postgres }, random) => {
    await postgres.shutDown();
    await delay(random.between(0, 500));
    await postgres.launchAgain();
  }),
  kind('restarted-after-a-crash', async ({ postgres }, random) => {
    await postgres.kill();
    await delay(random.between(0, 500));
    await postgres.launchAgain();
  }),
];

function kind(name: string, run: (site: Site, random: Random) => Promise<unknown>): FaultKind {
  return { name, of: 'PostgreSQL', run };
}

/** The setting applies to new connections only, so existing ones are closed, at the beginning and at the end. */
function ofRole(site: Site, wrong: string, right: string): Promise<void> {
  const change = async (how: string) => {
    await site.query(`alter role arena ${how}`);
    await site.query(`select pg_terminate_backend(pid) ${OF_ARENA}`);
  };
  return lasting(
    1500,
    () => change(wrong),
    () => change(right),
  );
}
