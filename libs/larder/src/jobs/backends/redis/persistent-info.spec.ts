import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { FakeClock } from '../../../testing/fake-clock.js';
import { persistInfo } from './persistent-info.js';

const lost = new Error('Connection is closed.');
const denied = Object.assign(new Error('NOPERM'), { name: 'ReplyError' });

/** Of an application that does not stop. */
const ON = new AbortController().signal;

/** A client whose INFO fails with these errors, and then succeeds. */
function clientWith(errors: readonly Error[]): Redis {
  const left = [...errors];
  return {
    status: 'ready',
    info: async (callback?: unknown) => {
      const error = left.shift();
      if (error !== undefined) throw error;
      return callback === undefined ? 'redis_version:8' : 'for the callback';
    },
    once: () => {},
    duplicate: () => clientWith(errors),
  } as unknown as Redis;
}

it.each([
  ['a client', (client: Redis) => client],
  ['a duplicate of its duplicate', (client: Redis) => client.duplicate().duplicate()],
])('repeats INFO every half second while the connection is lost: %s', async (_, choose) => {
  const clock = new FakeClock();
  const client = clientWith([lost, lost]);
  persistInfo(client, clock, ON, new Set());
  const reply = choose(client).info();
  for (const time of [499, 1, 500]) {
    await turn();
    clock.advance(time);
  }
  expect(await reply).toBe('redis_version:8');
});

it('rejects with an error reply of Redis', async () => {
  const client = clientWith([denied]);
  persistInfo(client, new FakeClock(), ON, new Set());
  await expect(client.info()).rejects.toBe(denied);
});

it('rejects when the client is closed', async () => {
  const clock = new FakeClock();
  const client = clientWith([lost, lost]);
  persistInfo(client, clock, ON, new Set());
  const reply = client.info();
  await turn();
  Object.assign(client, { status: 'end' });
  clock.advance(500);
  await expect(reply).rejects.toBe(lost);
});

it('rejects when the application stops, also while the client reconnects', async () => {
  const clock = new FakeClock();
  const client = clientWith([lost, lost, lost]);
  const stopping = new AbortController();
  const copies = new Set<Redis>();
  persistInfo(client, clock, stopping.signal, copies);
  const reply = client.duplicate().info();
  await turn();
  stopping.abort();
  clock.advance(500);
  await expect(reply).rejects.toBe(lost);
  expect(copies.size).toBe(1);
});

it('leaves calls with a callback to the client', async () => {
  const client = clientWith([lost]);
  persistInfo(client, new FakeClock(), ON, new Set());
  await expect(client.info(() => {})).rejects.toBe(lost);
});
