import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Controller, Get, Module, Param } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { metrics } from '@opentelemetry/api';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { Cache, Cacheable, LarderModule } from 'nest-larder';
import { LarderMetrics } from 'nest-larder/opentelemetry';
import { type AdapterKind, Broadcaster, RedisIoAdapter } from 'nest-larder/realtime';
import { figuresIn, type NodeFigures, TICK_INTERVAL } from './messages.js';

// One node: cached reads of a source that takes 5 ms, and a broadcast at each tick. Arguments: Redis, adapter, sender or not.

const [redis = '', adapter = 'classic', role = ''] = process.argv.slice(2);

@Controller('items')
class Items {
  @Get(':id')
  @Cacheable({ key: (id: string) => ['items', id], ttl: '2s', scope: 'shared' })
  async one(@Param('id') id: string) {
    await delay(5);
    return { id, name: `Item ${id}`, text: 'x'.repeat(500) };
  }
}

class Reader extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}
}

const reader = new Reader();
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));

@Module({
  imports: [LarderModule.forRoot({ redis })],
  controllers: [Items],
  providers: [Broadcaster, LarderMetrics],
})
class App {}

process.on('disconnect', () => process.exit());
const app = await NestFactory.create(App, { logger: ['error'] });
app.useWebSocketAdapter(await RedisIoAdapter.create(app, { adapter: adapter as AdapterKind }));
await app.listen(0, '127.0.0.1');

/** The longest lag of the journal, looked at each 50 ms. */
let journalLag = 0;
const cache = app.get(Cache);
setInterval(async () => {
  const { journalLag: lag } = await cache.health();
  if (Number.isFinite(lag)) journalLag = Math.max(journalLag, lag);
}, 50).unref();

let sent = 0;
if (role === 'sender') {
  const broadcaster = app.get<Broadcaster<{ tick(at: number): void }>>(Broadcaster);
  setInterval(() => {
    sent++;
    broadcaster.all().emit('tick', Date.now());
  }, TICK_INTERVAL).unref();
}

process.on('message', async () => {
  const { resourceMetrics } = await reader.collect();
  const figures: NodeFigures = { ...figuresIn(resourceMetrics), journalLag, sent };
  process.send?.(figures);
});
process.send?.((app.getHttpServer().address() as AddressInfo).port);
