import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Injectable, type Provider } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { ProblemFilter } from '../../../apps/arena/src/platform/http/problems/problem.filter.js';
import { Cacheable } from '../../../libs/larder/src/index.js';
import { FakeClock } from '../../../libs/larder/src/testing/fake-clock.js';
import { ask } from '../../support/http/ask.js';
import { PLATFORMS } from '../../support/http/platforms.js';
import { NestApplications } from '../../support/nest-application.js';
import { until } from '../../support/until.js';

const applications = new NestApplications();
afterEach(() => applications.close());

let waiting = 0;
const never = () => {
  waiting++;
  return new Promise<object>(() => {});
};

@Injectable()
class Rates {
  @Cacheable({ key: () => ['rates', 'of a secret user'], hardTimeout: '2s' })
  async all() {
    return never();
  }
}

@Controller()
class Slow {
  constructor(private readonly rates: Rates) {}

  @Get('route')
  @Cacheable({ key: () => ['route'], scope: 'shared', hardTimeout: '2s' })
  async route() {
    return never();
  }

  @Get('service')
  async service() {
    return this.rates.all();
  }
}

describe.each(PLATFORMS)('a load that times out, on %s', (_, makeAdapter) => {
  it.each(['/route', '/service'])('is a 504 at %s that reveals no key', async (path) => {
    const clock = new FakeClock();
    waiting = 0;
    const setting = { adapter: makeAdapter(), larder: { clock } };
    const { url } = await applications.start({ controllers: [Slow], providers: [Rates] }, setting);
    const asking = ask(url + path);
    await until(() => waiting === 1);
    clock.advance(2000);
    const { status, body } = await asking;
    expect({ status, body: JSON.parse(body) }).toEqual({
      status: 504,
      body: { statusCode: 504, message: 'Gateway Timeout' },
    });
  });
});

describe('a load that times out, in arena', () => {
  it('is a 504 that says what to do', async () => {
    const clock = new FakeClock();
    waiting = 0;
    const filter: Provider = { provide: APP_FILTER, useClass: ProblemFilter };
    const { url } = await applications.start(
      { controllers: [Slow], providers: [Rates, filter] },
      { larder: { clock } },
    );
    const asking = ask(`${url}/service`);
    await until(() => waiting === 1);
    clock.advance(2000);
    const { status, headers, body } = await asking;
    expect([status, headers['retry-after']]).toEqual([504, '1']);
    expect(JSON.parse(body)).toMatchObject({ title: 'Gateway Timeout', instance: '/service' });
  });
});
