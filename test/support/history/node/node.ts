import type { Pool } from 'pg';
import { type Database, RedisDatabase } from '../databases/database.js';
import { Random } from '../random.js';
import { Recorder } from '../recorder.js';
import type { Subject, SubjectOptions } from '../subjects/subject.js';
import { Workload } from '../workload.js';
import { Awake } from './awake.js';
import type { News, NodeOptions, Order, SubjectName } from './node-messages.js';

/** Each node loads only its own subject. */
const SUBJECTS: Readonly<Record<SubjectName, (options: SubjectOptions, random: Random) => Promise<Subject>>> = {
  larder: async (options, random) => (await import('../subjects/larder.js')).larder(options, random),
  naive: async (options) => (await import('../subjects/naive.js')).naive(options),
  bentocache: async (options) => (await import('../subjects/bentocache.js')).bentocache(options),
};

/** One process of an application with a cache. It works until the parent orders a rest, and ends with the parent. */
async function main(options: NodeOptions): Promise<void> {
  const send = (news: News) => process.send?.(news);
  process.on('disconnect', () => process.exit());
  const random = new Random(options.seed);
  const recorder = new Recorder(options.name, new Awake(), (operations) => send({ type: 'did', operations }));
  const { database, die, pool } = await openDatabase(options.database, random);
  const feedUrl = 'url' in options.database ? options.database.url : undefined;
  const subject =
    pool === undefined
      ? await SUBJECTS[options.subject]({ ...options, feedUrl }, random)
      : await (await import('../subjects/observed.js')).observed({ ...options, feedUrl }, pool);
  const workload = new Workload({ ...options, node: placeOf(options.name), subject, database, recorder, random });
  const carryOut = async (order: Order) => {
    if (order.type === 'busy') return holdUp(order.milliseconds);
    if (order.type === 'die-after-commit') return die();
    if (order.type === 'rest') await workload.rest();
    else await workload.readAll();
    recorder.flush();
    send({ type: order.type === 'rest' ? 'rested' : 'read-all' });
  };
  process.on('message', (order: Order) => void carryOut(order));
  send({ type: 'started' });
}

async function openDatabase(
  where: NodeOptions['database'],
  random: Random,
): Promise<{ readonly database: Database; readonly die: () => void; readonly pool?: Pool }> {
  if ('port' in where) return { database: new RedisDatabase(where.port, random), die: () => {} };
  if (where.isObserved) {
    const { ObservedDatabase } = await import('../databases/observed-database.js');
    const database = new ObservedDatabase(where.url, random);
    return { database, die: () => {}, pool: database.pool };
  }
  const { PostgresDatabase } = await import('../databases/postgres-database.js');
  const database = new PostgresDatabase(where.url, random);
  return { database, die: () => database.dieAfterCommit() };
}

/** The name of a node begins with its place in the fleet. */
function placeOf(name: string): number {
  return Number(name.split('#')[0]);
}

function holdUp(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

await main(JSON.parse(process.argv[2] as string));
