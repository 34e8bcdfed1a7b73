import { setTimeout as delay } from 'node:timers/promises';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Cache, LarderModule } from 'nest-larder';
import { ChangeFeed, installTriggers } from 'nest-larder/change-feed';
import type { Answer, Pick, Subject } from './subject.js';

/** What one way to invalidate has done with the answers. */
export interface Tally {
  invalidated: number;
  /** Of these, answers that were the same afterwards. */
  needless: number;
  /** Answers that have changed and were not invalidated. */
  missed: number;
}

export interface Figures {
  readonly answers: number;
  readonly changes: number;
  /** Answers that a change has really changed, over all changes. */
  readonly changed: number;
  readonly byTables: Tally;
  readonly byQueries: Tally;
}

const TABLE = /^unknown rows of public\.(\w+)$/;
/** Longer than any commit takes to be read. */
const TIMEOUT = 30_000;

/** Sends a stream of changes to an application, and looks after each of them which answers were invalidated, and which have changed. */
export async function follow(subject: Subject, count: number, random: () => number): Promise<Figures> {
  const { watched, answers } = subject;
  const tables = Object.entries(watched).map(([name, columns]) => ({ table: { schema: 'public', name }, columns }));
  // The first load of a query registers its columns, and the next installation adds them to the triggers.
  await installTriggers(subject.url, tables);
  await inApplication(subject, async (cache) => {
    for (const answer of answers) await read(cache, answer);
  });
  await installTriggers(subject.url, tables);
  return inApplication(subject, async (cache, feed) => {
    const held = new Map<Answer, Held>();
    for (const answer of answers) held.set(answer, await reloaded(cache, answer));
    const byTables = { invalidated: 0, needless: 0, missed: 0 };
    const byQueries = { invalidated: 0, needless: 0, missed: 0 };
    let changed = 0;
    for (let done = 0; done < count; done++) {
      const change = chosen(subject.changes, random);
      await subject.pool.query(change.sql(pickOf(random)));
      await delivered(feed);
      for (const [answer, { text, tables }] of held) {
        const isChanged = JSON.stringify(await answer.load()) !== text;
        if (isChanged) changed++;
        note(
          byTables,
          change.tables.some((table) => tables.has(table)),
          isChanged,
        );
        const isInvalidated = !(await isStored(cache, answer));
        note(byQueries, isInvalidated, isChanged);
        if (isInvalidated) held.set(answer, await reloaded(cache, answer));
      }
    }
    return { answers: answers.length, changes: count, changed, byTables, byQueries };
  });
}

/** A cached answer, and the tables that its load has read. */
interface Held {
  readonly text: string;
  readonly tables: ReadonlySet<string>;
}

async function inApplication<T>(
  { pool, url }: Subject,
  work: (cache: Cache, feed: ChangeFeed) => Promise<T>,
): Promise<T> {
  @Module({ imports: [LarderModule.forRoot({ database: pool, changeFeed: { url } })] })
  class Application {}
  const app = await NestFactory.createApplicationContext(Application, { logger: ['error'] });
  try {
    return await work(app.get(Cache), app.get(ChangeFeed));
  } finally {
    await app.close();
  }
}

function read(cache: Cache, { key, load }: Answer): Promise<unknown> {
  return cache.getOrLoad(key, load, { ttl: '1d', dependsOn: 'queries' });
}

async function isStored(cache: Cache, { key }: Answer): Promise<boolean> {
  return (await cache.inspect(key))?.verdict === 'hit';
}

async function reloaded(cache: Cache, answer: Answer): Promise<Held> {
  const text = JSON.stringify(await read(cache, answer));
  if (!(await isStored(cache, answer))) throw new Error(`${answer.key.join(':')} is not stored`);
  return { text, tables: new Set(await tablesReadBy(cache, answer)) };
}

async function tablesReadBy(cache: Cache, { key }: Answer): Promise<string[]> {
  const { dependencies = [] } = (await cache.inspect(key)) ?? {};
  return dependencies.flatMap((text) => TABLE.exec(text)?.[1] ?? []);
}

function note(tally: Tally, isInvalidated: boolean, isChanged: boolean): void {
  if (isInvalidated) tally.invalidated++;
  if (isInvalidated && !isChanged) tally.needless++;
  if (!isInvalidated && isChanged) tally.missed++;
}

/** Waits until the feed has begun and ended a read after now. */
async function delivered(feed: ChangeFeed): Promise<void> {
  // The clock of the feed tells whole milliseconds.
  const asked = performance.now() + 2;
  for (;;) {
    const { sinceRead = Number.POSITIVE_INFINITY } = feed.status();
    const now = performance.now();
    if (now - sinceRead > asked) return;
    if (now - asked > TIMEOUT) throw new Error('The change feed does not read.');
    await delay(1);
  }
}

function chosen<One extends { readonly share: number }>(all: readonly One[], random: () => number): One {
  let left = random() * all.reduce((sum, { share }) => sum + share, 0);
  for (const one of all) {
    left -= one.share;
    if (left < 0) return one;
  }
  return all[0] as One;
}

function pickOf(random: () => number): Pick {
  const whole = (below: number) => Math.floor(random() * below);
  return {
    whole,
    id: (all, shown) => 1 + whole(random() < 0.5 ? shown : all),
    of: (values) => values[whole(values.length)] as (typeof values)[number],
  };
}
