import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { Session } from './session.js';
import type { Transport } from './transport.js';

const SOCKET_TIMEOUT = 1000;
let replies: { resolve: (reply: unknown) => void; reject: (error: unknown) => void }[] = [];
let told: string[] = [];
let hasEnded = false;

beforeEach(() => {
  jest.useFakeTimers();
  replies = [];
  told = [];
  hasEnded = false;
});
afterEach(() => {
  jest.useRealTimers();
});

function session(follows: boolean): Session {
  const transport: Transport = {
    connect: async () => {},
    onError: () => {},
    send: () => new Promise((resolve, reject) => replies.push({ resolve, reject })),
    masters: () => [],
    masterOf: async () => {
      throw new Error('unused');
    },
    destroy: () => {},
  };
  const made = new Session(transport, SOCKET_TIMEOUT, (error) => told.push(`${error}`), follows);
  void made.ended.then(() => {
    hasEnded = true;
  });
  return made;
}

it('ends when commands have waited for the timeout without any reply, however many are sent', async () => {
  const made = session(false);
  for (let sent = 0; sent < 3; sent++) {
    void made.call('GET', 'a');
    await jest.advanceTimersByTimeAsync(SOCKET_TIMEOUT / 4);
  }
  expect(hasEnded).toBe(false);
  for (let sent = 0; sent < 4; sent++) {
    void made.call('GET', 'a');
    await jest.advanceTimersByTimeAsync(SOCKET_TIMEOUT / 4);
  }
  expect(hasEnded).toBe(true);
  expect(told).toEqual(['Error: it has not answered']);
});

it('stays open while replies come, and while nothing is asked', async () => {
  const made = session(false);
  void made.call('XREAD', 'blocks');
  for (let asked = 0; asked < 8; asked++) {
    const reply = made.call('GET', 'a');
    await jest.advanceTimersByTimeAsync(SOCKET_TIMEOUT / 2);
    replies.at(-1)?.resolve('value');
    expect(await reply).toBe('value');
  }
  replies[0]?.resolve(null);
  await jest.advanceTimersByTimeAsync(10 * SOCKET_TIMEOUT);
  expect(hasEnded).toBe(false);
});

it.each([
  [false, true],
  [true, false],
])('ends when the server became a replica, unless the client follows masters itself (%s)', async (follows, ends) => {
  const made = session(follows);
  const reply = made.call('SET', 'a', 1);
  replies[0]?.reject(new Error("READONLY You can't write against a read only replica."));
  await expect(reply).rejects.toMatchObject({ name: 'ReplyError' });
  expect(hasEnded).toBe(ends);
});

it.each([
  ['NOSCRIPT No matching script.', 'ReplyError'],
  ['LARDERSLOTS 65536', 'ReplyError'],
  ['Socket closed unexpectedly', 'Error'],
  ['connect ECONNREFUSED 127.0.0.1:6379', 'Error'],
  ['The client is offline', 'Error'],
])('names an error reply as such: %s', async (message, name) => {
  const reply = session(false).call('GET', 'a');
  replies[0]?.reject(new Error(message));
  await expect(reply).rejects.toMatchObject({ name, message });
});
