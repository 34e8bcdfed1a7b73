import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { emptyDataDir } from '../support/arena/arena.js';
import { ArenaProcess } from '../support/arena/arena-process.js';
import { SideDoor } from '../support/arena/side-door.js';
import { until } from '../support/until.js';

/** At how many moments of its first start an arena is killed; `npm run test:soak` tries all. */
const KILLS = Number(process.env.LARDER_TEST_START_KILLS || 1);

let dataDir: string;
const started: ArenaProcess[] = [];

function start(): ArenaProcess {
  const arena = ArenaProcess.start({ ARENA_DATA_DIR: dataDir });
  started.push(arena);
  return arena;
}

async function stopAll(): Promise<void> {
  await Promise.all(started.splice(0).map((arena) => arena.stop()));
}

/** How many seeded rows there are. */
async function counts(): Promise<unknown> {
  const database = await SideDoor.open(dataDir);
  const [row] = await database.run(
    'select (select count(*) from users)::int users, (select count(*) from tournaments)::int tournaments, ' +
      '(select count(*) from items)::int items, (select count(*) from notifications)::int notifications',
  );
  await database.close();
  return row;
}
/** The foreign keys that a row breaks: the demo data is put in without checks of them. */
async function brokenReferences(): Promise<string[]> {
  const database = await SideDoor.open(dataDir);
  const references = await database.run<{ name: string; orphans: string }>(`
    select conname as name, format('select from %s child where %s and not exists (select from %s parent where %s)', conrelid::regclass,
      string_agg(format('child.%I is not null', child.attname), ' and '), confrelid::regclass,
      string_agg(format('child.%I = parent.%I', child.attname, parent.attname), ' and ')) as orphans
    from pg_constraint, unnest(conkey, confkey) as pair(key, found)
      join pg_attribute child on child.attnum = pair.key
      join pg_attribute parent on parent.attnum = pair.found
    where contype = 'f' and child.attrelid = conrelid and parent.attrelid = confrelid
    group by conname, conrelid, confrelid`);
  expect(references.length).toBeGreaterThan(15);
  const broken: string[] = [];
  for (const { name, orphans } of references) if ((await database.run(orphans)).length > 0) broken.push(name);
  await database.close();
  return broken;
}

const ALL = { users: 200, tournaments: 1_000, items: 20_000, notifications: 20_000 };

describe('a first start', () => {
  beforeEach(async () => {
    dataDir = await emptyDataDir();
  });
  afterEach(async () => {
    await stopAll();
    await rm(dataDir, { recursive: true });
  });

  it('seeds once when two arenas start at the same time', async () => {
    const [one, other] = [start(), start()];
    const ready = await Promise.allSettled([one.ready(), other.ready()]);
    expect(ready.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const loser = ready[0]?.status === 'rejected' ? one : other;
    const winner = loser === one ? other : one;
    expect(winner.output).toMatch(
      /^First start: making a PostgreSQL in .*postgres …\n21 tables made\.\nDemo data: [\d,]+ of ([\d,]+) rows\.\n/,
    );
    const steps = [...winner.output.matchAll(/^Demo data: ([\d,]+) of ([\d,]+) rows\.$/gm)];
    const [, seeded, total] = steps.at(-1) ?? [];
    expect([steps.length, seeded]).toEqual([6, total]);
    expect(loser.complaints).toContain('expected a folder that no other arena is using at this time');
    expect(await counts()).toEqual(ALL);
    expect(await brokenReferences()).toEqual([]);
  }, 60_000);

  const entries = () => readdirSync(dataDir);

  const MOMENTS: readonly (readonly [string, () => Promise<void>])[] = [
    [
      'while the data was being put in',
      async () => {
        await until(() =>
          SideDoor.open(dataDir)
            .then((door) => door.close())
            .then(
              () => true,
              () => false,
            ),
        );
        const database = await SideDoor.open(dataDir);
        const filling = `select from pg_stat_activity where state = 'active' and query like 'insert into "items"%'`;
        await until(async () => (await database.run(filling)).length > 0);
        await database.close();
      },
    ],
    ['while the database was being made', async () => until(() => entries().length > 0)],
  ];

  it.each(MOMENTS.slice(0, KILLS))(
    'that was killed %s is completed by the next start',
    async (_, moment) => {
      const killed = start();
      await moment();
      killed.signal('SIGKILL');
      await killed.exitCode();

      await start().ready();
      expect(await counts()).toEqual(ALL);
      expect(entries()).toEqual(['postgres']);
    },
    60_000,
  );
});
