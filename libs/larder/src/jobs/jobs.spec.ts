import { afterEach, describe, expect, it } from '@jest/globals';
import { type INestApplicationContext, Injectable, Module, type Provider, Scope } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { defer } from '../../../../test/support/defer.js';
import { until } from '../../../../test/support/until.js';
import { LarderDecoratorError, LarderJobError, LarderModule, type LarderOptions } from '../index.js';
import { listen } from '../observability/index.js';
import { FakeClock } from '../testing/index.js';
import { Job, type JobContext, type JobEvent, type JobOptions, Jobs } from './index.js';

const applications: INestApplicationContext[] = [];
const MINUTE = 60_000;

afterEach(async () => {
  await Promise.all(applications.splice(0).map((app) => app.close()));
});

async function start(providers: Provider[], options: LarderOptions = {}) {
  const clock = new FakeClock();
  @Module({ imports: [LarderModule.forRoot({ clock, ...options })], providers })
  class App {}
  const app = await NestFactory.createApplicationContext(App, { logger: false, abortOnError: false });
  applications.push(app);
  const jobs = app.get(Jobs);
  const events: JobEvent[] = [];
  jobs.on((event) => events.push(event));
  return { app, clock, jobs, events };
}

const ended = (jobs: Jobs, name: string, total: number) => until(async () => (await jobs.status(name)).total >= total);

describe('a job in one process', () => {
  it('runs when it is due, and reports its status', async () => {
    const seen: JobContext[] = [];
    @Injectable()
    class Worker {
      @Job({ name: 'work', every: '1m' })
      async work(context: JobContext) {
        seen.push(context);
      }
    }
    const { clock, events, jobs } = await start([Worker]);
    const heard: JobEvent[] = [];
    const stop = listen('nest-larder:job', (event) => heard.push(event));
    const nextRun = new Date(clock.now() + MINUTE);
    expect(await jobs.status('work')).toEqual({
      name: 'work',
      schedule: 'every 60000 ms',
      nextRun,
      running: undefined,
      last: undefined,
      consecutiveFailures: 0,
      total: 0,
      skipped: 0,
      repeated: 0,
    });
    clock.advance(MINUTE - 1);
    expect(seen).toEqual([]);
    clock.advance(1);
    await ended(jobs, 'work', 1);
    expect(seen).toMatchObject([{ scheduledFor: nextRun, attempt: 1 }]);
    expect(await jobs.status('work')).toMatchObject({
      total: 1,
      last: { result: 'succeeded', startedAt: nextRun, duration: 0, attempts: 1 },
      nextRun: new Date(nextRun.getTime() + MINUTE),
    });
    stop();
    expect(events.map(({ type }) => type)).toEqual(['started', 'ended']);
    expect(heard).toEqual(events);
  });

  it('with a daily cron expression runs once a day, also when daylight saving time changes', async () => {
    const days: string[] = [];
    @Injectable()
    class Worker {
      @Job({ name: 'daily', cron: '0 3 * * *', timeZone: 'Europe/Berlin' })
      daily({ scheduledFor }: JobContext) {
        days.push(scheduledFor.toISOString());
      }
    }
    const clock = new FakeClock(Date.UTC(2026, 9, 24));
    const { jobs } = await start([Worker], { clock });
    for (let day = 1; day <= 3; day++) {
      clock.advance(24 * 60 * MINUTE);
      await ended(jobs, 'daily', day);
    }
    expect(days).toEqual(['2026-10-24T01:00:00.000Z', '2026-10-25T02:00:00.000Z', '2026-10-26T02:00:00.000Z']);
  });

  it('that throws or times out records its failure, and other jobs go on', async () => {
    let aborted = false;
    let runs = 0;
    @Injectable()
    class Worker {
      @Job({ name: 'throws', every: '1m' })
      async throws() {
        throw new Error('no luck');
      }

      @Job({ name: 'hangs', every: '1m', timeout: '10s' })
      async hangs({ signal }: JobContext) {
        signal.addEventListener('abort', () => (aborted = true));
        await new Promise(() => {});
      }

      @Job({ name: 'works', every: '1m' })
      works() {
        runs++;
      }
    }
    const { clock, jobs, events } = await start([Worker]);
    clock.advance(MINUTE);
    await until(async () => (await jobs.status('hangs')).running !== undefined);
    clock.advance(10_000);
    await Promise.all(['throws', 'hangs', 'works'].map((name) => ended(jobs, name, 1)));
    expect(await jobs.status('throws')).toMatchObject({
      consecutiveFailures: 1,
      last: { result: 'failed', error: 'no luck' },
    });
    expect(await jobs.status('hangs')).toMatchObject({
      running: undefined,
      consecutiveFailures: 1,
      last: { result: 'timed-out', duration: 10_000 },
    });
    expect(aborted).toBe(true);
    expect(runs).toBe(1);
    clock.advance(MINUTE);
    await ended(jobs, 'works', 2);
    expect(events.filter((event) => event.type === 'ended' && event.name === 'throws')).toHaveLength(2);
  });

  it('is retried up to `retries` times', async () => {
    const attempts: number[] = [];
    @Injectable()
    class Worker {
      @Job({ name: 'flaky', every: '1h', retries: 2 })
      async flaky({ attempt }: JobContext) {
        attempts.push(attempt);
        if (attempt < 3) throw new Error('not yet');
      }
    }
    const { clock, jobs } = await start([Worker]);
    const run = jobs.runNow('flaky');
    await until(() => {
      clock.advance(500);
      return attempts.length === 3;
    });
    expect(await run).toMatchObject({ result: 'succeeded', attempts: 3 });
    expect((await jobs.status('flaky')).consecutiveFailures).toBe(0);
  });

  it('never overlaps itself: a tick during a run is skipped, and `runNow` throws', async () => {
    const gate = defer<void>();
    let runs = 0;
    @Injectable()
    class Worker {
      @Job({ name: 'slow', every: '1m', timeout: '1h' })
      async slow() {
        runs++;
        await gate.promise;
      }
    }
    const { clock, jobs, events } = await start([Worker]);
    clock.advance(MINUTE);
    await until(() => runs === 1);
    clock.advance(MINUTE);
    await until(async () => (await jobs.status('slow')).skipped === 1);
    await expect(jobs.runNow('slow')).rejects.toThrow(LarderJobError);
    gate.resolve();
    await ended(jobs, 'slow', 1);
    expect(events.map(({ type }) => type)).toEqual(['started', 'skipped', 'ended']);
    expect((await jobs.runNow('slow')).result).toBe('succeeded');
    expect(runs).toBe(2);
  });

  it('runs no tick while it is paused, but when asked to, and none of them later', async () => {
    const ticks: number[] = [];
    @Injectable()
    class Worker {
      @Job({ name: 'work', every: '1m' })
      work({ scheduledFor }: JobContext) {
        ticks.push(scheduledFor.getTime());
      }

      @Job({ name: 'other', every: '1m' })
      other() {}
    }
    const { clock, jobs, events } = await start([Worker]);
    clock.advance(MINUTE);
    await ended(jobs, 'work', 1);
    const since = new Date(clock.now());
    expect(await jobs.pause('work', 'Ada')).toEqual({ by: 'Ada', since });
    for (let minute = 1; minute <= 5; minute++) {
      clock.advance(MINUTE);
      await ended(jobs, 'other', 1 + minute);
    }
    expect(ticks).toHaveLength(1);
    expect(await jobs.status('work')).toMatchObject({ paused: { by: 'Ada', since }, total: 1, skipped: 0 });
    expect((await jobs.status('work')).overdueSince).toBeUndefined();
    expect((await jobs.status('other')).paused).toBeUndefined();
    expect((await jobs.runNow('work')).result).toBe('succeeded');
    expect(ticks).toEqual([since.getTime(), clock.now()]);

    clock.advance(MINUTE / 2);
    expect(await jobs.resume('work')).toEqual({ by: 'Ada', since });
    expect(await jobs.status('work')).toMatchObject({ paused: undefined, overdueSince: undefined, total: 2 });
    clock.advance(MINUTE / 2);
    await ended(jobs, 'work', 3);
    expect(ticks.at(-1)).toBe(since.getTime() + 6 * MINUTE);
    expect((await jobs.status('work')).skipped).toBe(0);
    const told = events.filter(({ type }) => type === 'paused' || type === 'resumed' || type === 'skipped');
    expect(told).toEqual([
      { type: 'paused', name: 'work', pause: { by: 'Ada', since } },
      { type: 'resumed', name: 'work', pause: { by: 'Ada', since } },
    ]);
  });

  it('is not overdue after a pause until its next tick is', async () => {
    @Injectable()
    class Worker {
      @Job({ name: 'work', every: '10m' })
      work() {}
    }
    const { clock, jobs } = await start([Worker]);
    await jobs.pause('work');
    // The event loop hangs: its clock goes on, and no timer has run meanwhile.
    const now = clock.now.bind(clock);
    clock.now = () => now() + 25 * MINUTE;
    expect((await jobs.status('work')).overdueSince).toBeUndefined();
    await jobs.resume('work');
    expect((await jobs.status('work')).overdueSince).toBeUndefined();
    clock.now = () => now() + 31 * MINUTE;
    expect((await jobs.status('work')).overdueSince).toEqual(new Date(now() + 30 * MINUTE));
  });

  it('is paused once, and resumed once; each refusal says why', async () => {
    @Injectable()
    class Worker {
      @Job({ name: 'work', every: '1m' })
      work() {}
    }
    const { clock, jobs } = await start([Worker]);
    await expect(jobs.resume('work')).rejects.toThrow('The job work is not paused. There is nothing to resume.');
    await jobs.pause('work', 'Ada');
    const since = new Date(clock.now()).toISOString();
    const refusal = new LarderJobError(`The job work is already paused, by Ada since ${since}. Resume it first.`);
    await expect(jobs.pause('work', 'Grace')).rejects.toThrow(refusal);
    await expect(jobs.pause('worj')).rejects.toThrow('There is no job "worj". There are: work.');
    for (const by of ['', 'x'.repeat(101), 7 as never]) {
      await expect(jobs.pause('work', by)).rejects.toThrow(/^Invalid by: got .*, expected 1 to 100 characters\./);
    }
  });

  it('keeps the returned statistics if they are a small JSON object', async () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    const returned: unknown[] = [
      { processed: 3, errors: 0 },
      undefined,
      5,
      ['a'],
      'x',
      cycle,
      { text: 'x'.repeat(1000) },
    ];
    let run = 0;
    @Injectable()
    class Worker {
      @Job({ name: 'counts', every: '1h' })
      async counts() {
        return returned[run++];
      }
    }
    const { jobs } = await start([Worker]);
    for (const _ of returned) expect((await jobs.runNow('counts')).result).toBe('succeeded');
    const told = (await jobs.history('counts')).map(({ statistics }) => statistics).reverse();
    expect(told).toEqual([{ processed: 3, errors: 0 }, ...Array(6).fill(undefined)]);
  });

  it('counts and reports the ticks it missed while the machine was suspended', async () => {
    @Injectable()
    class Worker {
      @Job({ name: 'sleepy', every: '10m' })
      work() {}
    }
    const { clock, jobs, events } = await start([Worker]);
    const first = clock.now() + 10 * MINUTE;
    clock.advance(10 * MINUTE);
    await ended(jobs, 'sleepy', 1);
    // The machine was suspended: its clock goes on, and no timer has run meanwhile.
    const now = clock.now.bind(clock);
    clock.now = () => now() + 35 * MINUTE;
    clock.advance(MINUTE);
    await ended(jobs, 'sleepy', 2);
    clock.advance(4 * MINUTE);
    await ended(jobs, 'sleepy', 3);
    expect(events.filter(({ type }) => type === 'skipped')).toEqual([
      { type: 'skipped', name: 'sleepy', scheduledFor: new Date(first + 20 * MINUTE), count: 2, reason: 'missed' },
    ]);
    expect((await jobs.status('sleepy')).skipped).toBe(2);
  });

  it('is overdue when its ticks do not arrive', async () => {
    @Injectable()
    class Worker {
      @Job({ name: 'ticks', every: '10m' })
      work() {}
    }
    const { clock, jobs } = await start([Worker]);
    expect((await jobs.status('ticks')).overdueSince).toBeUndefined();
    const due = clock.now() + 10 * MINUTE;
    // The event loop hangs: its clock goes on, and no timer has run meanwhile.
    const now = clock.now.bind(clock);
    clock.now = () => now() + 11 * MINUTE;
    expect((await jobs.status('ticks')).overdueSince).toEqual(new Date(due));
    clock.advance(MINUTE);
    await ended(jobs, 'ticks', 1);
    expect((await jobs.status('ticks')).overdueSince).toBeUndefined();
  });

  it('keeps its last fifty runs', async () => {
    @Injectable()
    class Worker {
      @Job({ name: 'often', every: '1h' })
      often() {}
    }
    const { jobs } = await start([Worker]);
    for (let run = 0; run < 55; run++) await jobs.runNow('often');
    expect(await jobs.history('often')).toHaveLength(50);
    expect((await jobs.status('often')).total).toBe(55);
    await expect(jobs.history('seldom')).rejects.toThrow('There is no job "seldom". There are: often.');
  });

  it('ends before its application, and is aborted after `shutdownTimeout`', async () => {
    const steps: string[] = [];
    const gate = defer<void>();
    @Injectable()
    class Worker {
      @Job({ name: 'ends', every: '1h' })
      async ends() {
        await gate.promise;
        steps.push('ended');
      }

      @Job({ name: 'hangs', every: '1h' })
      async hangs({ signal }: JobContext) {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        steps.push('told');
      }
    }
    const { app, jobs } = await start([Worker], { shutdownTimeout: 200 });
    const runs = [jobs.runNow('ends'), jobs.runNow('hangs')];
    await until(async () => (await jobs.list()).every(({ running }) => running !== undefined));
    const closing = app.close();
    gate.resolve();
    await closing;
    expect(steps).toEqual(['ended', 'told']);
    expect((await Promise.all(runs)).map(({ result }) => result)).toEqual(['succeeded', 'stopped']);
  });

  it('does not exist while its flag is off', async () => {
    @Injectable()
    class Worker {
      @Job({ name: 'on', every: '1m', flag: 'ON' })
      on() {}

      @Job({ name: 'off', every: '1m', flag: 'OFF' })
      off() {}
    }
    const { jobs } = await start([Worker], { jobFlags: { isEnabled: (name) => name === 'ON' } });
    expect((await jobs.list()).map(({ name }) => name)).toEqual(['on']);
  });
});

describe('the start of an application', () => {
  it('fails with one error that lists every problem of its jobs', async () => {
    @Injectable()
    class Wrong {
      @Job({ name: 'bad cron', cron: '99 * * * *' })
      cron() {}

      @Job({ name: 'misspelt', every: '1m', retires: 3 } as JobOptions)
      misspelt() {}

      @Job({ name: 'twice', every: '1m', flag: 'F' })
      one() {}

      @Job({ name: 'twice', every: '1m', retries: -1, timeout: '2d' })
      other() {}

      @Job({ name: 'twice', every: '1m' })
      third() {}

      @Job({ name: 'twice', every: '1m' })
      fourth() {}
    }
    @Injectable({ scope: Scope.REQUEST })
    class Scoped {
      @Job({ name: 'scoped', every: '1m' })
      work() {}
    }
    const error = await start([Wrong, Scoped]).catch((problem: unknown) => problem);
    expect(error).toBeInstanceOf(LarderDecoratorError);
    const message = String(error);
    expect(message).toContain('The job on Wrong.cron has an invalid name: got "bad cron"');
    expect(message).toContain('has an invalid cron: got "99 * * * *", which cannot be read');
    expect(message).toContain('Wrong.misspelt has an unknown option: got retires, expected retries');
    expect(message).toContain('Wrong.other has an invalid retries: got -1');
    expect(message).toContain('Wrong.other has an invalid timeout: got "2d"');
    expect(message).toContain('Two jobs are named "twice"');
    expect(message).toContain('The job "twice" needs the flag F');
    expect(message).toContain('The job on Scoped.work belongs to a request-scoped provider');
  });

  it('finds jobs that are inherited or made by a factory, each once', async () => {
    class Base {
      @Job({ name: 'inherited', every: '1m' })
      work() {}
    }
    @Injectable()
    class Derived extends Base {}
    const { jobs } = await start([Derived, { provide: 'alias', useExisting: Derived }]);
    expect((await jobs.list()).map(({ name }) => name)).toEqual(['inherited']);
  });
});
