import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { type INestApplicationContext, Injectable, Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { until } from '../../../../test/support/until.js';
import { type Alert, defineCounter, Job, Jobs, LarderModule, type LarderOptions } from '../index.js';
import { FakeClock } from '../testing/index.js';

let isBroken = false;

@Injectable()
class Work {
  readonly views = defineCounter({
    name: 'views',
    flushEvery: '1d',
    onError: () => {},
    write: async () => {
      if (isBroken) throw new Error('no database');
    },
  });

  @Job({ name: 'tidy', cron: '0 0 1 1 *' })
  tidy() {
    if (isBroken) throw new Error('no database');
  }
}

let clock: FakeClock;
let app: INestApplicationContext | undefined;
let alerts: Alert[];
let lines: string[];
beforeEach(() => {
  clock = new FakeClock();
  isBroken = false;
  [alerts, lines] = [[], []];
  jest.spyOn(Logger.prototype, 'warn').mockImplementation((line) => void lines.push(String(line)));
});
afterEach(async () => {
  await app?.close();
  app = undefined;
  jest.restoreAllMocks();
});

async function start(options: LarderOptions = {}): Promise<Work> {
  const onAlert = (alert: Alert) => void alerts.push(alert);
  @Module({ imports: [LarderModule.forRoot({ clock, redis: false, onAlert, ...options })], providers: [Work] })
  class App {}
  app = await NestFactory.createApplicationContext(App, { logger: false, abortOnError: false });
  return app.get(Work);
}

/** Lets checks begin until a condition holds. */
const checkUntil = (isTrue: () => boolean) =>
  until(async () => {
    clock.advance(10_000);
    await new Promise((resolve) => setImmediate(resolve));
    return isTrue();
  });

it('announces the start and the end of faults, once each: in the log and to onAlert', async () => {
  const work = await start({ alerts: true });
  const jobs = app?.get(Jobs) as Jobs;
  isBroken = true;
  await work.views.add('a');
  for (let time = 0; time < 3; time++) {
    await jobs.runNow('tidy');
    await work.views.flush().catch(() => {});
  }
  await checkUntil(() => alerts.length === 2);
  isBroken = false;
  await jobs.runNow('tidy');
  await work.views.flush();
  await checkUntil(() => alerts.length >= 4);
  expect(alerts.map(({ name, subject, state }) => [name, subject, state])).toEqual([
    ['job-failing', 'tidy', 'started'],
    ['counter-failing', 'views', 'started'],
    ['job-failing', 'tidy', 'ended'],
    ['counter-failing', 'views', 'ended'],
  ]);
  expect(lines.filter((line) => line.startsWith('Alert '))).toEqual([
    expect.stringMatching(/^Alert job-failing \(tidy\): Jobs fail repeatedly: tidy\. Read the error/),
    expect.stringMatching(/^Alert counter-failing \(views\): Increments wait/),
    expect.stringMatching(/^Alert job-failing \(tidy\) ended after \d+ s\.$/),
    expect.stringMatching(/^Alert counter-failing \(views\) ended after \d+ s\.$/),
  ]);
  expect(alerts[0]?.node).toMatch(new RegExp(`^[^ ]+:${process.pid}$`));
});

it('goes on after onAlert has thrown, or returned a promise that rejects', async () => {
  const warnings: string[] = [];
  jest.spyOn(process, 'emitWarning').mockImplementation((warning) => void warnings.push(String(warning)));
  const onAlert = (alert: Alert) => {
    alerts.push(alert);
    const error = new Error('what a pity');
    if (alert.state === 'started') throw error;
    return Promise.reject(error);
  };
  await start({ alerts: '10s', onAlert });
  const jobs = app?.get(Jobs) as Jobs;
  isBroken = true;
  for (let time = 0; time < 3; time++) await jobs.runNow('tidy');
  await checkUntil(() => alerts.length === 1);
  isBroken = false;
  await jobs.runNow('tidy');
  await checkUntil(() => alerts.length === 2);
  await until(() => warnings.length === 2);
  expect(warnings).toEqual(Array(2).fill('The listener onAlert failed: Error: what a pity'));
});

it('checks nothing without the option, nor with background work off', async () => {
  for (const options of [{}, { alerts: true, background: false }] as const) {
    await start(options);
    const list = jest.spyOn(app?.get(Jobs) as Jobs, 'list');
    for (let check = 0; check < 5; check++) {
      clock.advance(10_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(list).not.toHaveBeenCalled();
    await app?.close();
  }
});

it('refuses a webhook without a secret, and never shows either', async () => {
  const alertWebhook = 'https://hooks.example/token-1';
  await expect(start({ alertWebhook })).rejects.toThrow(/LARDER_ALERT_SECRET \(option alertSecret\) is not set/);
  const wrong = { alertWebhook: 'ftp://token-1', alertSecret: 'token-2' };
  const error: unknown = await start(wrong).catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    problems: [
      'invalid option alertWebhook (not shown): expected an http or https URL',
      'invalid option alertSecret (not shown): expected 16 to 1024 visible ASCII characters',
    ],
  });
});
