import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { CacheEvent } from './cache/state/events.js';
import { EventLogger } from './event-logger.js';

const LEVELS = ['error', 'warn', 'log', 'debug'] as const;
let lines: string[];

beforeEach(() => {
  lines = [];
  for (const level of LEVELS)
    jest
      .spyOn(Logger.prototype, level)
      .mockImplementation((message: unknown) => void lines.push(`${level}: ${message}`));
});
afterEach(() => {
  jest.restoreAllMocks();
});

function written(...events: CacheEvent[]): string[] {
  const log = new EventLogger();
  for (const event of events) log.write(event);
  return lines;
}

const lost = (type: 'journal-lost' | 'feed-lost', message: string): CacheEvent => ({ type, error: new Error(message) });

it('logs the first connection at level log', () => {
  expect(written({ type: 'journal-followed' }, { type: 'feed-followed', as: 'reader' })).toEqual([
    expect.stringMatching(/^log: Connected to Redis/),
    expect.stringMatching(/^log: The change feed reads/),
  ]);
});

it.each([
  ['journal-lost', { type: 'journal-followed' }],
  ['feed-lost', { type: 'feed-followed', as: 'stand-by' }],
] as const)('logs %s and its end once each, at one level, also if its messages alternate', (type, followed) => {
  const [a, b] = [lost(type, 'a'), lost(type, 'b')];
  expect(written(followed, a, b, a, b, followed, a, followed)).toEqual([
    expect.stringMatching(/^log: /),
    expect.stringMatching(/^warn: .*a$/),
    expect.stringMatching(/^warn: /),
    expect.stringMatching(/^warn: .*a$/),
    expect.stringMatching(/^warn: /),
  ]);
});

it('logs gaps and their end at one level', () => {
  expect(written({ type: 'feed-gaps', problems: ['p'] }, { type: 'feed-gaps-closed' })).toEqual([
    expect.stringMatching(/^warn: .*10 s.*: p\. Run `npx nest-larder triggers install`/),
    expect.stringMatching(/^warn: .*again/),
  ]);
});
