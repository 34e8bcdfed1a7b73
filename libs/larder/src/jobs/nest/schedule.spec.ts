import { afterEach, describe, expect, it } from '@jest/globals';
import { type INestApplicationContext, Injectable, Module, type Provider } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Cron, Interval, ScheduleModule, SchedulerRegistry, Timeout } from '@nestjs/schedule';
import { until } from '../../../../../test/support/until.js';
import { FlagGate, LarderDecoratorError, LarderModule } from '../../index.js';
import { FakeClock } from '../../testing/index.js';
import { MemoryScheduler } from '../backends/memory-scheduler.js';
import { defineJob } from '../definition.js';
import { Job, type JobContext, Jobs, OncePerFleet } from '../index.js';

const applications: INestApplicationContext[] = [];
const MINUTE = 60_000;

afterEach(async () => {
  await Promise.all(applications.splice(0).map((app) => app.close()));
});

async function start(providers: Provider[], hasModule: boolean) {
  const clock = new FakeClock();
  const schedule = hasModule ? [ScheduleModule.forRoot()] : [];
  @Module({ imports: [LarderModule.forRoot({ clock }), ...schedule], providers })
  class App {}
  const app = await NestFactory.createApplicationContext(App, { logger: false, abortOnError: false });
  applications.push(app);
  return { app, clock, jobs: app.get(Jobs), registry: app.get(SchedulerRegistry) };
}

@Injectable()
class Worker {
  @Job({ name: 'work', every: '1m' })
  work() {}
}

describe('the SchedulerRegistry', () => {
  it.each([false, true])(
    'lists the timers of jobs while the application runs; with ScheduleModule: %s',
    async (has) => {
      @Injectable()
      class Lister {
        constructor(readonly registry: SchedulerRegistry) {}
      }
      Reflect.defineMetadata('design:paramtypes', [SchedulerRegistry], Lister);
      const { app, registry } = await start([Worker, Lister], has);
      expect(registry.getIntervals()).toEqual(['work']);
      expect(app.get(Lister).registry.getIntervals()).toEqual(['work']);
      expect(registry).toBeInstanceOf(SchedulerRegistry);
      await app.close();
      expect(registry.getIntervals()).toEqual([]);
    },
  );

  it('ends a job whose timer is deleted', async () => {
    const { clock, jobs, registry } = await start([Worker], true);
    clock.advance(MINUTE);
    await until(async () => (await jobs.status('work')).total === 1);
    registry.deleteInterval('work');
    clock.advance(3 * MINUTE);
    expect(await jobs.status('work')).toMatchObject({ total: 1, running: undefined });
  });

  it('does not affect other intervals of the application: each ticks once', async () => {
    let ticks = 0;
    @Injectable()
    class Own {
      @Interval('own', 20)
      tick() {
        ticks++;
      }
    }
    const { registry } = await start([Worker, Own], true);
    expect(registry.getIntervals().sort()).toEqual(['own', 'work']);
    const timers = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    await until(() => ticks >= 3);
    expect(process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length).toBeLessThanOrEqual(timers);
  });

  const noCron = () => Number.NaN;

  it('stays unchanged if a job has the name of another timer', () => {
    const registry = new SchedulerRegistry();
    registry.addInterval('other', undefined);
    const jobs = ['first', 'other'].map(
      (name) =>
        defineJob({ name, every: '1m' }, () => {}, noCron) as Exclude<ReturnType<typeof defineJob>, readonly string[]>,
    );
    const scheduler = new MemoryScheduler(new FakeClock(), registry);
    expect(() => scheduler.start(jobs, async () => undefined)).toThrow(
      'The job other has the same name as another interval',
    );
    expect(registry.getIntervals()).toEqual(['other']);
  });
});

describe('@OncePerFleet', () => {
  it.each([false, true])('makes jobs of methods with @Cron and @Interval; with ScheduleModule: %s', async (has) => {
    const seen: JobContext[] = [];
    let crons = 0;
    @Injectable()
    class Tasks {
      @OncePerFleet()
      @Interval('ticking', 5000)
      above(context: JobContext) {
        seen.push(context);
      }

      @Cron('0 3 * * *', { timeZone: 'Europe/Berlin' })
      @OncePerFleet({ retries: 1 })
      below() {
        crons++;
      }
    }
    const { app, clock, jobs, registry } = await start([Tasks], has);
    expect((await jobs.list()).map(({ name, schedule }) => [name, schedule])).toEqual([
      ['Tasks.below', '0 3 * * * Europe/Berlin'],
      ['ticking', 'every 5000 ms'],
    ]);
    expect([...registry.getCronJobs().keys()]).toEqual([]);
    const first = clock.now() + 5000;
    clock.advance(5000);
    await until(async () => (await jobs.status('ticking')).total === 1);
    expect(seen).toMatchObject([{ scheduledFor: new Date(first), attempt: 1 }]);
    expect((await jobs.runNow('Tasks.below')).result).toBe('succeeded');
    expect(crons).toBe(1);
    // Also in a second application with the same classes.
    await app.close();
    expect((await (await start([Tasks], has)).jobs.list()).length).toBe(2);
  });

  it('creates no job whose flag is off', async () => {
    @Injectable()
    class Tasks {
      @FlagGate('ENABLE_SIMULATION')
      @OncePerFleet()
      @Interval('gated', 5000)
      work() {}
    }
    process.env.ENABLE_SIMULATION = 'false';
    try {
      expect(await (await start([Tasks], true)).jobs.list()).toEqual([]);
    } finally {
      delete process.env.ENABLE_SIMULATION;
    }
  });

  it('is refused on methods and with options that it does not support', async () => {
    @Injectable()
    class Wrong {
      @OncePerFleet()
      @Timeout(1000)
      timeout() {}

      @OncePerFleet()
      nothing() {}

      @OncePerFleet()
      @Cron(new Date(0))
      date() {}

      @OncePerFleet()
      @Cron('* * * * *', { utcOffset: 60 })
      offset() {}

      @OncePerFleet()
      @Interval(10)
      fast() {}
    }
    const error = await start([Wrong], true).catch((problem: unknown) => problem);
    expect(error).toBeInstanceOf(LarderDecoratorError);
    const message = String(error);
    expect(message).toContain('The job on Wrong.timeout has @OncePerFleet on a method with @Timeout');
    expect(message).toContain('The job on Wrong.nothing has @OncePerFleet on a method without a schedule');
    expect(message).toContain('The job on Wrong.date has @Cron with');
    expect(message).toContain('The job on Wrong.offset has @Cron with utcOffset');
    expect(message).toContain('The job on Wrong.fast has an invalid every: got 10');
  });

  it('is refused on an instance made by a factory, which @nestjs/schedule may have called already', async () => {
    class Made {
      @OncePerFleet()
      @Interval(1000)
      work() {}
    }
    await expect(start([{ provide: 'made', useFactory: () => new Made() }], true)).rejects.toThrow(
      'The job on Made.work has @OncePerFleet on an instance made by a factory',
    );
  });
});
