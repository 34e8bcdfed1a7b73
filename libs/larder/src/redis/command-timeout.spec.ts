import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { withTimeout } from './command-timeout.js';

const never = new Promise<never>(() => {});
const seen = (told: unknown[]) => (error: unknown) => {
  told.push(error);
  return error;
};

function busy(time: number): void {
  const until = performance.now() + time;
  while (performance.now() < until);
}

it('rejects with an error that names the command and the timeout', async () => {
  const told: unknown[] = [];
  const call = withTimeout(never, 5, 'GET', seen(told));
  await expect(call).rejects.toMatchObject({
    reason: 'timeout',
    message: expect.stringContaining('GET was not answered within 5 ms'),
  });
  expect(told).toHaveLength(1);
});

it('does not reject if the reply arrived while the event loop was blocked', async () => {
  const told: unknown[] = [];
  const answer = new Promise<string>((resolve) => setTimeout(resolve, 6, 'answer'));
  const call = withTimeout(answer, 5, 'GET', seen(told));
  busy(20);
  expect(await call).toBe('answer');
  await turn();
  await turn();
  expect(told).toEqual([]);
});

it('rejects with the error that `faultOf` returns', async () => {
  const call = withTimeout(Promise.reject(new Error('gone')), 1000, 'GET', (error) => new Error(`no: ${error}`));
  await expect(call).rejects.toThrow('no: Error: gone');
});
