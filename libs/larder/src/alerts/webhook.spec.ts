import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { until } from '../../../../test/support/until.js';
import type { Clock } from '../base/clock.js';
import { FakeClock } from '../testing/fake-clock.js';
import type { Alert } from './alert.js';
import { RETRY_DELAYS, Webhook } from './webhook.js';

const SECRET = 'a secret of both';

interface Received {
  readonly body: string;
  readonly signature: string;
}

let clock: FakeClock;
/** Ends the pause before the next attempt, once it has begun. */
let pauses: { readonly delay: number; readonly end: () => void }[];
let server: Server;
let received: Received[];
let failures: string[];
let answer: (response: ServerResponse) => void;
let webhook: Webhook;

beforeEach(async () => {
  clock = new FakeClock();
  pauses = [];
  const observed: Clock = {
    now: () => clock.now(),
    elapsed: () => clock.elapsed(),
    turn: () => clock.turn(),
    after: (delay, task) => {
      if (RETRY_DELAYS.includes(delay)) pauses.push({ delay, end: task });
      return clock.after(delay, task);
    },
  };
  [received, failures] = [[], []];
  answer = (response) => void response.writeHead(204).end();
  server = createServer((request, response) => void receive(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/alerts`;
  webhook = new Webhook({ url, secret: SECRET, clock: observed, onFailure: (problem) => failures.push(problem) });
});
afterEach(() => {
  webhook.close();
  server.closeAllConnections();
  server.close();
});

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = '';
  for await (const part of request) body += part;
  received.push({ body, signature: String(request.headers['larder-signature']) });
  answer(response);
}

function alertNumber(number: number): Alert {
  const alert = { name: 'job-failing', subject: `job ${number}`, state: 'started', node: 'host:1' } as const;
  return { ...alert, message: 'It fails.', action: 'Look.', startedAt: new Date(0), endedAt: undefined };
}

async function endPause(delay: number): Promise<void> {
  await until(() => pauses.at(-1)?.delay === delay);
  pauses.pop()?.end();
}

const subjects = () => received.map(({ body }) => JSON.parse(body).subject);

it('sends each alert as signed JSON, in their order', async () => {
  for (const number of [1, 2, 3]) webhook.send(alertNumber(number));
  await until(() => received.length === 3);
  expect(subjects()).toEqual(['job 1', 'job 2', 'job 3']);
  for (const { body, signature } of received) {
    const [, time, given] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) ?? [];
    expect(time).toBe(String(clock.now() / 1000));
    expect(given).toBe(createHmac('sha256', SECRET).update(`${time}.${body}`).digest('hex'));
  }
  expect(failures).toEqual([]);
});

it('tries four times, and then goes on with the next alert', async () => {
  answer = (response) => void response.writeHead(500).end('no');
  webhook.send(alertNumber(1));
  webhook.send(alertNumber(2));
  for (const pause of RETRY_DELAYS) await endPause(pause);
  await until(() => failures.length === 1);
  expect(failures).toEqual(['the receiver answered with 500']);
  expect(subjects().slice(0, 4)).toEqual(Array(4).fill('job 1'));
  await until(() => subjects().at(-1) === 'job 2');
});

it('a receiver that fails once gets the alert once more', async () => {
  answer = (response) => {
    answer = (later) => void later.writeHead(200).end();
    response.destroy();
  };
  webhook.send(alertNumber(1));
  await endPause(1000);
  await until(() => received.length === 2);
  webhook.send(alertNumber(2));
  await until(() => received.length === 3);
  expect(subjects()).toEqual(['job 1', 'job 1', 'job 2']);
  expect(failures).toEqual([]);
});

it('a receiver that never answers is given up after five seconds', async () => {
  answer = () => {};
  webhook.send(alertNumber(1));
  for (const pause of RETRY_DELAYS) {
    const attempts = RETRY_DELAYS.indexOf(pause) + 1;
    await until(() => received.length === attempts);
    clock.advance(5000);
    await endPause(pause);
  }
  await until(() => received.length === 4);
  clock.advance(5000);
  await until(() => failures.length === 1);
  expect(failures).toEqual(['no answer within 5 s']);
});

it('keeps a hundred waiting alerts, and gives up the oldest', async () => {
  answer = () => {};
  for (let number = 0; number < 103; number++) webhook.send(alertNumber(number));
  expect(failures).toEqual(['more than 100 alerts wait', 'more than 100 alerts wait']);
  await until(() => received.length === 1);
});

it('gives up at once when the application stops', async () => {
  answer = () => {};
  webhook.send(alertNumber(1));
  await until(() => received.length === 1);
  webhook.close();
  webhook.send(alertNumber(2));
  await new Promise((resolve) => setImmediate(resolve));
  expect(received).toHaveLength(1);
  expect(failures).toEqual([]);
});
