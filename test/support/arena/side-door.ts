import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { until } from '../until.js';

/** A connection to the embedded database of an arena, past arena. */
export class SideDoor {
  private constructor(private readonly client: Client) {}

  static async open(dataDir: string): Promise<SideDoor> {
    const home = join(dataDir, 'postgres');
    const password = await readFile(join(home, 'password'), 'utf8');
    const [, , , port] = (await readFile(join(home, 'cluster', 'postmaster.pid'), 'utf8')).split('\n');
    const client = new Client({ host: '127.0.0.1', port: Number(port), user: 'arena', password, database: 'postgres' });
    // The server may stop before this connection is closed.
    client.on('error', () => {});
    await client.connect();
    return new SideDoor(client);
  }

  async run<Row extends object>(statement: string): Promise<Row[]> {
    const { rows } = await this.client.query<Row>(statement);
    return rows;
  }

  /** Runs work while every query of a table has to wait. */
  async whileLocked(table: string, work: () => Promise<void>): Promise<void> {
    await this.run(`begin; lock table ${table} in access exclusive mode`);
    try {
      await work();
    } finally {
      await this.run('rollback');
    }
  }

  /** Waits until a query of arena waits for a lock: of a test's request only if arena warms nothing that is locked. */
  async untilAQueryWaits(): Promise<void> {
    await until(async () => {
      const waiting = await this.run(
        "select from pg_stat_activity where application_name = 'arena' and wait_event_type = 'Lock'",
      );
      return waiting.length > 0;
    });
  }

  async close(): Promise<void> {
    await this.client.end();
  }
}
