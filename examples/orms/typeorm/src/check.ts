import assert from 'node:assert/strict';
import { NestFactory } from '@nestjs/core';
import { AppModule, Player, Players } from './app.js';

async function started() {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
  const players = app.get(Players);
  await players.open();
  return { app, players };
}

const { app, players } = await started();
const other = await started();
const ana = await players.one('1');
assert.equal(ana?.name, 'Ana');
assert.ok(ana.since instanceof Date);
assert.ok(ana instanceof Player);
await players.one('1');
// Another process gets it from Redis.
const copy = await other.players.one('1');
assert.deepEqual({ ...copy }, { ...ana });
assert.ok(copy instanceof Player);
assert.equal(copy.initial, 'A');
assert.equal(players.loads + other.players.loads, 1);
await players.rename('1', 'Bea');
assert.equal((await players.one('1'))?.name, 'Bea');
await app.close();
await other.app.close();
