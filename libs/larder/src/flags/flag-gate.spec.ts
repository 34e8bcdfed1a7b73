import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { NestApplications } from '../../../../test/support/nest-application.js';
import { Cacheable, LarderFlagError } from '../index.js';
import { FlagGate } from './flag-gate.js';

@Injectable()
class Weather {
  @FlagGate('BACKGROUND_BROADCASTING')
  async forecast(): Promise<string> {
    return 'rain';
  }

  @FlagGate('BACKGROUND_BROADCASTING')
  now(): string {
    return 'sun';
  }
}

@FlagGate('ENABLE_SIMULATION')
@Injectable()
class Simulation implements OnApplicationBootstrap {
  started = false;

  onApplicationBootstrap(): void {
    this.started = true;
  }

  @FlagGate('BACKGROUND_BROADCASTING')
  tell(): string {
    return 'told';
  }
}

@FlagGate('LARDER_LIVE_QUERIES')
@Controller('board')
class BoardController {
  @Get()
  @Cacheable({ key: () => ['board'] })
  async show(): Promise<string> {
    return 'shown';
  }
}

@Controller('open')
class OpenController {
  @Get('gated')
  @FlagGate('LARDER_LIVE_QUERIES')
  gated(): string {
    return 'gated';
  }

  @Get()
  show(): string {
    return 'open';
  }
}

class Made {
  @FlagGate('ENABLE_SIMULATION')
  run(): string {
    return 'ran';
  }
}

const apps = new NestApplications();
const before = { ...process.env };

function start(env: Record<string, string>) {
  Object.assign(process.env, env);
  const factory = { provide: 'made', useFactory: () => new Made() };
  return apps.start({ providers: [Weather, Simulation, factory], controllers: [BoardController, OpenController] });
}

beforeEach(() => {
  process.env = { ...before };
});
afterEach(async () => {
  await apps.close();
  process.env = before;
});

const OFF = { ENABLE_SIMULATION: 'off', BACKGROUND_BROADCASTING: 'off', LARDER_LIVE_QUERIES: 'off' };

describe('@FlagGate', () => {
  it('runs methods, hooks and routes while the flag is on', async () => {
    const { app, url } = await start({});
    expect([await app.get(Weather).forecast(), app.get(Weather).now()]).toEqual(['rain', 'sun']);
    expect([app.get(Simulation).started, app.get(Simulation).tell()]).toEqual([true, 'told']);
    expect(await (await fetch(`${url}/board`)).text()).toBe('shown');
    expect(await (await fetch(`${url}/open/gated`)).text()).toBe('gated');
  });

  it('off, turns methods into no-ops, which return a promise if they are async', async () => {
    const { app } = await start(OFF);
    expect(app.get(Weather).forecast()).toBeInstanceOf(Promise);
    expect([await app.get(Weather).forecast(), app.get(Weather).now()]).toEqual([undefined, undefined]);
    expect(app.get<Made>('made').run()).toBeUndefined();
  });

  it('on a class, does not run its lifecycle hooks either', async () => {
    const { app } = await start({ ENABLE_SIMULATION: 'off' });
    expect(app.get(Simulation).started).toBe(false);
  });

  it('on a class and a method, needs both flags', async () => {
    const { app } = await start({ BACKGROUND_BROADCASTING: 'off' });
    expect([app.get(Simulation).started, app.get(Simulation).tell()]).toEqual([true, undefined]);
  });

  it('off, answers 404 on its routes, and leaves other routes alone', async () => {
    const { url } = await start(OFF);
    const statuses = await Promise.all(
      ['board', 'open/gated', 'open'].map(async (path) => (await fetch(`${url}/${path}`)).status),
    );
    expect(statuses).toEqual([404, 404, 200]);
  });

  it('has no effect on an instance that Nest did not make', () => {
    expect(new Weather().now()).toBe('sun');
  });

  it('LARDER_MEMORY_TIER off, stores nothing in this process', async () => {
    const { cache } = await start({ LARDER_MEMORY_TIER: 'off' });
    let loads = 0;
    for (let call = 0; call < 3; call++) await cache.getOrLoad(['a'], () => ++loads);
    expect([loads, cache.stats().entries]).toEqual([3, 0]);
  });

  it('with an unknown flag fails the start and names the flag', async () => {
    class Wrong {
      @FlagGate('simulation:snakes')
      run(): void {}
    }
    process.env.SIMULATION_FEATURE_FLAG = 'player-movement';
    const starting = apps.start({ providers: [Wrong] });
    await expect(starting).rejects.toThrow(LarderFlagError);
    await expect(starting).rejects.toThrow("'simulation:snakes'");
  });

  it('with an invalid variable fails the start and names the variable', async () => {
    await expect(start({ ENABLE_SIMULATION: 'maybe' })).rejects.toThrow("invalid ENABLE_SIMULATION: got 'maybe'");
  });
});
