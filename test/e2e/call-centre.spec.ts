import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  type AgentPerformance,
  agentPerformance,
  type Dashboard,
  dashboard,
} from '../../apps/arena/src/features/call-centre/call-centre.schemas.js';
import type { Figures } from '../../apps/arena/src/features/call-centre/calls/figures.js';
import { type RunningArena, runArena } from '../support/arena/arena.js';
import { SideDoor } from '../support/arena/side-door.js';
import { holdDate } from '../support/hold-date.js';
import { until } from '../support/until.js';

const TELEPHONE_SYSTEM = fileURLToPath(new URL('../../apps/arena/dist/demo/telephone-system/main.js', import.meta.url));

let arena: RunningArena;
/** A second connection, outside arena. */
let database: SideDoor;
/** Tokens of players 1 (of the staff), 2 and 3. Agents 11 to 20 are player 2's team, 21 to 30 player 3's. */
let staff: string;
let own: string;
let other: string;
/** When calls begin: arena's date is held there. */
let now: string;

beforeAll(async () => {
  now = holdDate();
  arena = await runArena();
  database = await SideDoor.open(arena.dataDir);
  [staff, own, other] = await Promise.all([arena.signIn(1), arena.signIn(2), arena.signIn(3)]);
}, 60_000);
afterAll(async () => {
  await database.close();
  await arena.close();
  jest.useRealTimers();
});

const look = async (token = own) => (await arena.get<Dashboard>('/dashboard', token)).body;
const performance = (agent: number, token = own) => arena.get<AgentPerformance>(`/agents/${agent}/performance`, token);
const call = (agent: number, { outcome = 'answered', wait = 10, talk = 60, ago = '0' } = {}) =>
  database.run(
    `insert into calls (user_id, agent_id, outcome, wait_seconds, talk_seconds, started_at)
     select user_id, id, '${outcome}', ${wait}, ${talk}, timestamptz '${now}' - interval '${ago}' from agents where id = ${agent}`,
  );

async function monthOf(userId: number): Promise<Figures> {
  const [row] = await database.run<Figures>(
    `select count(*)::int as calls, count(*) filter (where outcome = 'answered')::int as answered,
       count(*) filter (where outcome = 'answered' and wait_seconds <= 20)::int as "inTime",
       sum(wait_seconds)::int as "waitSeconds", sum(talk_seconds)::int as "talkSeconds"
     from calls where user_id = ${userId} and (started_at at time zone 'UTC')::date between date '${now}' - 30 and date '${now}'`,
  );
  return row as Figures;
}

describe('the dashboard', () => {
  it('shows what the tables contain', async () => {
    const { status, body, headers } = await arena.get<Dashboard>('/dashboard', own);
    expect(status).toBe(200);
    expect(dashboard.strict().parse(body)).toEqual(body);
    expect(headers.get('Cache-Control')).toBe('private, max-age=0, must-revalidate');
    expect(body.user.id).toBe('2');
    expect(body.month).toEqual(await monthOf(2));
    expect(body.month.calls).toBeGreaterThan(4_000);
    expect(body.days).toHaveLength(31);
    expect(body.days.at(-1)).toEqual({ day: body.day, figures: body.today });
    expect(body.agents).toHaveLength(10);
    expect(body.agents.reduce((sum, { month }) => sum + month.calls, 0)).toBe(body.month.calls);
    const leads = await database.run(
      'select status, count(*)::int, sum(value_cents)::int as "valueCents" from leads where user_id = 2 group by status order by status',
    );
    expect(body.leads).toEqual(leads);
  });

  it('differs by user, and is empty for a user without a team', async () => {
    const [two, three] = await Promise.all([look(own), look(other)]);
    expect([two.user.id, three.user.id]).toEqual(['2', '3']);
    expect(new Set([...two.agents, ...three.agents].map(({ agent }) => agent.id)).size).toBe(20);
    const withoutTeam = await look(await arena.signIn(150));
    expect(withoutTeam).toMatchObject({ user: { id: '150' }, month: { calls: 0 }, agents: [] });
    expect((await arena.get('/dashboard')).status).toBe(401);
  });

  it('is a 304 without a query while it is unchanged', async () => {
    const first = await arena.get('/dashboard', own);
    const queries = await arena.queriesOf(async () => {
      const again = await fetch(`${arena.url}/dashboard`, {
        headers: { Authorization: `Bearer ${own}`, 'If-None-Match': String(first.headers.get('ETag')) },
      });
      expect(again.status).toBe(304);
    });
    expect(queries).toBe(0);
  });
});

describe('the performance of an agent', () => {
  it('shows what the tables contain', async () => {
    const { status, body } = await performance(11);
    expect(status).toBe(200);
    expect(agentPerformance.strict().parse(body)).toEqual(body);
    const { agents } = await look();
    const ranked = agents.map(({ month }) => month.answered).sort((one, two) => two - one);
    const shown = agents.find(({ agent }) => agent.id === '11');
    expect(body).toMatchObject({ agent: { id: '11' }, month: shown?.month, today: shown?.today });
    expect(body.rank).toBe(1 + ranked.indexOf(body.month.answered));
  });

  it("is visible to the team's supervisor and the staff", async () => {
    expect((await performance(21, other)).status).toBe(200);
    expect((await performance(21, staff)).status).toBe(200);
    const refused = await performance(21, own);
    const unknown = await performance(99_999, own);
    expect([refused.status, unknown.status]).toEqual([404, 404]);
    expect(JSON.stringify(refused.body).replaceAll('21', 'N')).toBe(
      JSON.stringify(unknown.body).replaceAll('99999', 'N'),
    );
    expect((await performance(21, '')).status).toBe(401);
  });
});

describe('a write by another program', () => {
  /** Runs SQL, and waits until a dashboard shows the effect. */
  const shows = async (write: () => Promise<unknown>, isShown: (shown: Dashboard) => boolean, token = own) => {
    expect(isShown(await look(token))).toBe(false);
    await write();
    await until(async () => isShown(await look(token)));
  };

  it("of a call appears on the dashboard and the agent's page at once", async () => {
    const { today } = await look();
    const before = (await performance(11)).body.today.talkSeconds;
    await shows(
      () => call(11),
      (shown) => shown.today.calls === today.calls + 1,
    );
    expect((await performance(11)).body.today.talkSeconds).toBe(before + 60);
  });

  it("of a call reloads one day of one team, and no other user's dashboard", async () => {
    const before = await look();
    await look(other);
    await performance(12);
    await performance(21, other);
    const queries = await arena.queriesOf(() =>
      shows(
        () => call(11),
        (shown) => shown.today.calls === before.today.calls + 1,
      ),
    );
    expect(queries).toBe(1);
    const others = await arena.queriesOf(async () => {
      await look(other);
      await performance(12);
      await performance(21, other);
    });
    expect(others).toBe(0);
  });

  it('of a call of last week appears on its day', async () => {
    const days = (await look()).days.map(({ figures }) => figures.calls);
    await shows(
      () => call(12, { outcome: 'missed', wait: 5, talk: 0, ago: '7 days' }),
      (shown) => shown.days.at(-8)?.figures.calls === (days.at(-8) as number) + 1,
    );
    expect((await look()).days.at(-1)?.figures.calls).toBe(days.at(-1));
  });

  it('that moves a call to another team moves it between the dashboards', async () => {
    await call(11);
    const [two, three] = await Promise.all([look(own), look(other)]);
    await shows(
      () =>
        database.run(
          'update calls set user_id = 3, agent_id = 21 where id = (select max(id) from calls where user_id = 2)',
        ),
      (shown) => shown.month.calls === three.month.calls + 1,
      other,
    );
    expect((await look(own)).month.calls).toBe((await monthOf(2)).calls);
    expect((await look(own)).month.calls).toBeLessThanOrEqual(two.month.calls);
  });

  it('that is rolled back never appears', async () => {
    const { today } = await look();
    await database.run('begin');
    await call(11);
    await database.run('rollback');
    // It commits afterwards, so the rolled-back write would have appeared by now.
    await shows(
      () => call(11, { outcome: 'missed', wait: 1, talk: 0 }),
      (shown) => shown.today.calls > today.calls,
    );
    expect((await look()).today.calls).toBe(today.calls + 1);
  });

  it('of 10,000 calls by one statement appears, and so does their deletion', async () => {
    const { month } = await look();
    await shows(
      () =>
        database.run(
          `insert into calls (user_id, agent_id, outcome, wait_seconds, started_at)
           select 2, 11, 'missed', 3599, timestamptz '${now}' - interval '2 days' from generate_series(1, 10000)`,
        ),
      (shown) => shown.month.calls === month.calls + 10_000,
    );
    await shows(
      () => database.run('delete from calls where wait_seconds = 3599'),
      (shown) => shown.month.calls === month.calls,
    );
  });

  it('of a won lead, a renamed agent or a renamed user appears', async () => {
    const { leads } = await look();
    const won = leads.find(({ status }) => status === 'won')?.count as number;
    await shows(
      () =>
        database.run(
          "update leads set status = 'won' where id = (select min(id) from leads where user_id = 2 and status = 'new')",
        ),
      (shown) => shown.leads.find(({ status }) => status === 'won')?.count === won + 1,
    );
    expect((await performance(13)).body.agent.name).not.toBe('Renamed');
    await shows(
      () => database.run("update agents set name = 'Renamed' where id = 13"),
      (shown) => shown.agents.some(({ agent }) => agent.name === 'Renamed'),
    );
    expect((await performance(13)).body.agent.name).toBe('Renamed');
    await shows(
      () => database.run("update users set name = 'Another name' where id = 2"),
      (shown) => shown.user.name === 'Another name',
    );
  });

  describe('calls that the telephone system writes', () => {
    /** Lets the program write calls, and waits until these users see them. The calls began minutes ago, which may be yesterday. */
    const showsWritten = async (count: number, users: ReadonlyMap<number, string>, more: readonly string[] = []) => {
      for (const token of users.values()) await look(token);
      const last = await lastCall();
      const program = spawn(
        process.execPath,
        [TELEPHONE_SYSTEM, '--count', `${count}`, '--per-minute', '6000', ...more],
        {
          env: { PATH: process.env.PATH, ARENA_DATA_DIR: arena.dataDir },
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      let said = '';
      program.stdout.on('data', (text) => (said += text));
      expect((await once(program, 'close'))[0]).toBe(0);
      expect(await database.run(`select from calls where id > ${last}`)).toHaveLength(count);
      for (const [user, token] of users) {
        const month = await monthOf(user);
        await until(async () => isDeepStrictEqual((await look(token)).month, month));
      }
      return said;
    };
    const lastCall = async () => (await database.run<{ id: string }>('select max(id) as id from calls'))[0]?.id;

    it('appear on the dashboard of the user that the README signs in', async () => {
      const said = await showsWritten(3, new Map([[1, staff]]));
      expect(said).toMatch(/See them on the dashboard of user 1\.\n$/);
    });

    it('appear on the dashboards of all users', async () => {
      await database.run('delete from leads where user_id > 3');
      await database.run('delete from agents where user_id > 3');
      const users = new Map([staff, own, other].map((token, index) => [index + 1, token]));
      const said = await showsWritten(20, users, ['--user', 'all']);
      expect(said.match(/^Call \d+: (answered|missed), agent \d+ of the team of user [123]$/gm)).toHaveLength(20);
    });
  });

  it('truncating a table empties the dashboards', async () => {
    await shows(
      () => database.run('truncate calls'),
      (shown) => shown.month.calls === 0,
    );
  });
});

describe('a write to releases by another program', () => {
  it('appears at once when a deployment runs another version', async () => {
    const pending = () => arena.get<{ deployment: { version: string } }>('/v1/deployments/1/pending-updates', staff);
    const { version } = (await pending()).body.deployment;
    expect(version).not.toBe('1.0.0');
    await database.run(
      "update deployments set version_id = (select id from versions where product_id = 1 and version = '1.0.0') where id = 1",
    );
    await until(async () => (await pending()).body.deployment.version === '1.0.0');
  });

  it('hides the deployments of a tenant at once from a user removed from it', async () => {
    const pending = async () => (await arena.get('/v1/deployments/1/pending-updates', own)).status;
    expect(await pending()).toBe(200);
    await database.run('delete from tenant_members where user_id = 2');
    await until(async () => (await pending()) === 404);
  });
});

describe('/health', () => {
  const health = () =>
    arena.get<{ status: string; details: { changeFeed: { status: string; state: string; gaps: number } } }>('/health');

  it('reports the state of the change feed, and that arena cannot see changes by others', async () => {
    const { status, body } = await health();
    expect(status).toBe(200);
    expect(body.details.changeFeed).toEqual({ status: 'up', state: 'reading', lag: expect.any(Number), gaps: 0 });
    await database.run('alter table larder.changes rename to changes_elsewhere');
    await until(async () => (await health()).body.details.changeFeed.state === 'waiting');
    const told = { message: expect.stringContaining('late'), action: expect.stringContaining('triggers') };
    expect(await health()).toMatchObject({ status: 503, body: { status: 'error', details: { changeFeed: told } } });
    // It serves requests: a load balancer must not cut it off.
    expect((await arena.get('/health/ready')).status).toBe(200);
    await database.run('alter table larder.changes_elsewhere rename to changes');
    await until(async () => (await health()).body.details.changeFeed.status === 'up');
  });
});
