import { PostgresServer } from '../../servers/postgres-server.js';
import { TcpProxy } from '../../servers/tcp-proxy.js';
import { until } from '../../until.js';
import { RedisPair } from './redis-pair.js';
import { SiteArena } from './site-arena.js';

const ARENAS = 3;
const ADMIN_TOKEN = 'admin-token-of-the-faults-0123456789';
/** Rows that clients read and write; the first page of the list shows them. */
const KEYS = 6;
const LOGIN = 'arena';

/**
 * Numbers each change of a tournament in commit order, for every writer: the number is taken while the row is locked. The
 * other trigger, when enabled, refuses changes as a full disk does.
 */
const PREPARE = `
  create sequence change_numbers;
  grant usage on sequence change_numbers to ${LOGIN};
  create function number_it() returns trigger language plpgsql as
    $$ begin new.name := 'Number ' || nextval('change_numbers'); return new; end $$;
  create trigger number_it before update of name on tournaments for each row execute function number_it();
  create function no_space() returns trigger language plpgsql as
    $$ begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$;
  create trigger no_space before insert or update on tournaments for each row execute function no_space();
  alter table tournaments disable trigger no_space;`;

/** Three arenas on one PostgreSQL and on one Redis with a replica. */
export class Site {
  private constructor(
    readonly arenas: readonly SiteArena[],
    readonly redis: RedisPair,
    readonly postgres: PostgresServer,
    /** The proxy between the arenas and PostgreSQL. */
    readonly databaseLine: TcpProxy,
    readonly keys: readonly string[],
    /** The token of an organiser. */
    readonly token: string,
  ) {}

  /**
   * @param changeFeed without it the arenas notify each other through the cache alone
   * @param audit which share of the hits the arenas compare with fresh loads
   */
  static async start(changeFeed: boolean, audit = '0'): Promise<Site> {
    const [redis, postgres] = await Promise.all([
      RedisPair.start(ARENAS),
      PostgresServer.start(['max_connections=80', 'fsync=off']),
    ]);
    const databaseLine = await TcpProxy.to(postgres.port);
    await postgres.query(`create role ${LOGIN} login`);
    await postgres.query(`create database ${LOGIN} owner ${LOGIN}`);
    const env = {
      DATABASE_URL: postgres.urlOf(databaseLine.port, { database: LOGIN, user: LOGIN }),
      LARDER_ADMIN_TOKEN: ADMIN_TOKEN,
      LARDER_CHANGE_FEED: `${changeFeed}`,
      LARDER_AUDIT: audit,
      LARDER_WRITE_INTENT_TTL: `${INTENT_TTL}ms`,
      ARENA_DATABASE_CONNECT_TIMEOUT: '2s',
      ARENA_DATABASE_STATEMENT_TIMEOUT: '2s',
      ARENA_DATABASE_LOCK_TIMEOUT: '1s',
    };
    const start = (index: number) =>
      SiteArena.start(index, { ...env, LARDER_REDIS_URL: redis.lines[index]?.url as string });
    const arenas = await Promise.all(Array.from({ length: ARENAS }, (_, index) => start(index)));
    await postgres.query(PREPARE, postgres.urlOf(postgres.port, { database: LOGIN }));
    const url = (arenas[0] as SiteArena).url;
    const { items } = (await (await fetch(`${url}${LIST}`)).json()) as { items: { id: string }[] };
    const token = await signIn(url);
    return new Site(
      arenas,
      redis,
      postgres,
      databaseLine,
      items.map(({ id }) => id),
      token,
    );
  }

  /** Changes the tables past the arenas. */
  query(sql: string): Promise<Record<string, unknown>[]> {
    return this.postgres.query(sql, this.postgres.urlOf(this.postgres.port, { database: LOGIN }));
  }

  /** The database's value of each tournament. */
  async versions(): Promise<Map<string, number>> {
    const rows = await this.query(`select id, name from tournaments where id in (${this.keys})`);
    return new Map(rows.map(({ id, name }) => [String(id), versionOf(String(name))]));
  }

  /** The database's number of views of the viewed items. */
  async views(ids: readonly string[] = VIEWED): Promise<number> {
    const [row] = await this.query(`select sum(views)::int as views from items where id in (${ids})`);
    return Number(row?.views);
  }

  /** Whether no batch of views in Redis is unwritten. */
  async hasNoBatches(): Promise<boolean> {
    return (await this.redis.command('ZCARD', '{larder:counter:item-views:0}:batches')) === 0;
  }

  /**
   * Waits until every arena reports that all its parts work.
   *
   * @returns the arenas that still report a problem at the end
   */
  async unhealthyAfter(patience: number): Promise<readonly string[]> {
    let complaints: readonly string[] = [];
    const areHealthy = async () => {
      complaints = (await Promise.all(this.arenas.map(complaintOf))).flat();
      return complaints.length === 0;
    };
    await until(areHealthy, patience).catch(() => {});
    return complaints;
  }

  async stop(): Promise<void> {
    await Promise.all(this.arenas.map((arena) => arena.stop()));
    await this.databaseLine.close();
    await Promise.all([this.redis.stop(), this.postgres.stop()]);
  }
}

/** Milliseconds until the write of a dead process counts as ended (P6). */
export const INTENT_TTL = 5000;
/** The page of the list with all changed tournaments. */
export const LIST = `/v1/tournaments?perPage=${KEYS}`;
/** Items for sale that clients view. */
export const VIEWED = ['1', '2', '3'];
/** An item that only the checks view. */
export const CHECKED = '4';
export const AS_ADMIN = { Authorization: `Bearer ${ADMIN_TOKEN}` };

export function versionOf(name: string): number {
  return Number(/^Number (\d+)$/.exec(name)?.[1] ?? 0);
}

/** The problem that an arena reports about itself, if any. */
async function complaintOf({ name, url }: SiteArena): Promise<readonly string[]> {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(5000) });
    const body = await response.text();
    return response.status === 200 ? [] : [`${name} is not healthy again: ${body}`];
  } catch (error) {
    return [`${name} does not say that it is healthy again: ${error}`];
  }
}

async function signIn(url: string): Promise<string> {
  const response = await fetch(`${url}/auth/sign-in`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ email: 'player1@arena.test', password: 'arena' }),
  });
  return ((await response.json()) as { token: string }).token;
}
