import assert from 'node:assert/strict';
import { NestFactory } from '@nestjs/core';
import { Cache } from 'nest-larder';
import { AppModule, Reports } from './app.js';

const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error', 'warn'] });
const reports = app.get(Reports);
assert.equal((await reports.of(2026)).load, 1);
assert.equal((await reports.of(2026)).load, 1);
await app.get(Cache).invalidate(['reports']);
assert.equal((await reports.of(2026)).load, 2);
await app.close();
