import { afterEach, describe, expect, it } from '@jest/globals';
import { type INestApplicationContext, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { defineCounter } from '../background/counters/define-counter.js';
import { defineDeadline } from '../background/deadlines/define-deadline.js';
import { LarderModule } from '../larder.module.js';
import { LarderHealth } from './larder-health.js';

@Injectable()
class Work {
  readonly views = defineCounter({ name: 'views', flushEvery: '1h', write: async () => {} });
  readonly offers = defineDeadline({ name: 'offers', every: '1h', expire: async () => {} });
}

@Module({ imports: [LarderModule.forRoot({ redis: false })], providers: [LarderHealth, Work] })
class App {}

let app: INestApplicationContext | undefined;
afterEach(() => app?.close());

describe('LarderHealth as a provider', () => {
  it('finds the counters and deadlines of the application, and everything up without Redis', async () => {
    app = await NestFactory.createApplicationContext(App, { logger: false, abortOnError: false });
    const parts = await Promise.all(app.get(LarderHealth).all.map((part) => part()));
    expect(Object.assign({}, ...parts)).toMatchObject({
      cache: { status: 'up' },
      redis: { status: 'up', configured: false },
      journal: { status: 'up', lag: 0 },
      changeFeed: { status: 'up', state: 'off', lag: null },
      jobs: { status: 'up', jobs: [] },
      counters: { status: 'up', counters: ['views'] },
      deadlines: { status: 'up', deadlines: ['offers'] },
    });
  });
});
