import 'reflect-metadata';
import { setTimeout as delay } from 'node:timers/promises';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Interval, ScheduleModule } from '@nestjs/schedule';
import { Redis } from 'ioredis';
import { LarderModule } from 'nest-larder';
import { Job, type JobContext, Jobs, OncePerFleet } from 'nest-larder/jobs';
import { type JobProcessOptions, LINES, type Order } from './job-lines.js';

const { redis, lines, jobs } = JSON.parse(process.argv[2] as string) as JobProcessOptions;
const side = new Redis(lines);
side.on('error', () => {});
const tell = (what: string, tick: Date, name: string) =>
  side.rpush(LINES, JSON.stringify({ what, tick: tick.getTime(), name, pid: process.pid, at: Date.now() }));

/** A class with one job that appends a line at each begin and end. */
function classOf({ name, every, takes, isInterval }: JobProcessOptions['jobs'][number]) {
  class Worker {
    async work({ scheduledFor }: JobContext): Promise<void> {
      await tell('begin', scheduledFor, name);
      await delay(takes);
      await tell('end', scheduledFor, name);
    }
  }
  const descriptor = Object.getOwnPropertyDescriptor(Worker.prototype, 'work') as TypedPropertyDescriptor<
    Worker['work']
  >;
  if (isInterval) {
    OncePerFleet()(Worker.prototype, 'work', descriptor);
    Interval(name, every)(Worker.prototype, 'work', descriptor);
  } else Job({ name, every })(Worker.prototype, 'work', descriptor);
  return Worker;
}

@Module({
  imports: [ScheduleModule.forRoot(), LarderModule.forRoot({ redis, redisTimeout: '2s' })],
  providers: jobs.map(classOf),
})
class App {}

process.on('disconnect', () => process.exit());
const app = await NestFactory.createApplicationContext(App, { logger: ['error', 'warn'] });
app.enableShutdownHooks();
process.on('message', (order: Order) => {
  const known = app.get(Jobs);
  if ('runNow' in order) void known.runNow(order.runNow);
  else if ('pause' in order) void known.pause(order.pause, order.by);
  else void known.resume(order.resume);
});
process.send?.('ready');
