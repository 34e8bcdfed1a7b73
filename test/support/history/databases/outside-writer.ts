import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'pg';
import { KEYS, nameOf } from '../keys.js';
import { moment } from '../moment.js';
import type { Operation } from '../operations.js';
import type { Random } from '../random.js';
import { untilDone } from './observed-database.js';

const NODE = 'outside';

/** Another program that writes with plain SQL, and learns from the position in the change log when a write is delivered. */
export class OutsideWriter {
  private readonly pool: Pool;
  private isOver = false;
  private readonly done: Promise<void>;

  constructor(
    url: string,
    private readonly random: Random,
    private readonly tell: (operation: Operation) => void,
  ) {
    this.pool = new Pool({ connectionString: url, connectionTimeoutMillis: 2000 });
    this.pool.on('error', () => {});
    this.done = this.run();
  }

  async stop(): Promise<void> {
    this.isOver = true;
    await this.done;
    await this.pool.end();
  }

  private async run(): Promise<void> {
    while (!this.isOver) {
      await this.write(nameOf(this.random.oneOf(KEYS)));
      await delay(this.random.between(20, 400));
    }
  }

  private async write(key: string): Promise<void> {
    const sql =
      'update items set version = version + 1 where key = $1 returning version, pg_current_xact_id()::text as xid';
    const began = moment();
    const { rows } = await untilDone(() => this.pool.query<{ version: number; xid: string }>(sql, [key]));
    const { version, xid } = rows[0] as { version: number; xid: string };
    const committed = moment();
    this.tell({ kind: 'write', how: 'outside', node: NODE, key, version, began, ended: committed, awake: 0 });
    while (!this.isOver && !(await this.isDelivered(xid))) await delay(5);
    if (this.isOver) return;
    const delivery = { kind: 'delivery', delivered: true, of: { key, version } } as const;
    this.tell({ ...delivery, node: NODE, began: committed, ended: moment(), awake: 0 });
  }

  private async isDelivered(xid: string): Promise<boolean> {
    const sql = 'select from larder.cursors where pg_visible_in_snapshot($1::xid8, read)';
    return (await untilDone(() => this.pool.query(sql, [xid]))).rows.length > 0;
  }
}
