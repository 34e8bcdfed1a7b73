import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { ItemsModule } from './items.js';

async function start(): Promise<void> {
  const app = await NestFactory.create(ItemsModule, { logger: ['error', 'warn'] });
  app.enableShutdownHooks();
  await app.listen(0, '127.0.0.1');
  console.log(`Ready at ${await app.getUrl()}`);
}

void start();
