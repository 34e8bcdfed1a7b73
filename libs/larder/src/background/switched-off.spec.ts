import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { NestApplications } from '../../../../test/support/nest-application.js';
import { Cacheable, createCache } from '../index.js';
import { Job } from '../jobs/index.js';
import { FakeClock } from '../testing/index.js';

const applications = new NestApplications();

afterEach(() => {
  delete process.env.LARDER_BACKGROUND;
  return applications.close();
});

/** A clock that counts the timers that were started. */
class CountingClock extends FakeClock {
  started = 0;

  override after(delay: number, task: () => void): () => void {
    this.started++;
    return super.after(delay, task);
  }
}

@Injectable()
class Reports {
  runs = 0;

  @Cacheable({ key: (page: number) => ['reports', page], critical: [[1]], prefetch: (page: number) => [page + 1] })
  async page(page: number) {
    this.runs++;
    return { page };
  }

  @Job({ name: 'reports.clean', every: '1m' })
  async clean() {}
}

async function started() {
  const clock = new CountingClock();
  const { app, cache } = await applications.start({ providers: [Reports] }, { larder: { clock, log: 'debug' } });
  const reports = app.get(Reports);
  await reports.page(5);
  await reports.page(5);
  await new Promise(setImmediate);
  return { clock, reports, cache };
}

describe('LARDER_BACKGROUND', () => {
  it('off starts no timer and loads nothing that no caller asked for', async () => {
    process.env.LARDER_BACKGROUND = 'off';
    const { clock, reports, cache } = await started();
    expect(clock.started).toBe(0);
    expect(reports.runs).toBe(1);
    expect(cache.stats().hits).toBe(1);
  });

  it('on does both', async () => {
    const { clock, reports } = await started();
    expect(clock.started).toBeGreaterThan(0);
    expect(reports.runs).toBe(3);
  });

  it('is the option background too', async () => {
    const clock = new CountingClock();
    const cache = await createCache({ clock, background: false });
    expect(clock.started).toBe(0);
    await cache.close();
  });
});
