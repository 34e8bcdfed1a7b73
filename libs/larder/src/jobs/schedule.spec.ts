import { describe, expect, it } from '@jest/globals';
import { loadCron } from './cron.js';
import { Schedule } from './schedule.js';

const cron = await loadCron();

function schedule(options: Parameters<typeof Schedule.of>[0]): Schedule {
  const made = Schedule.of(options, cron);
  if (typeof made === 'string') throw new Error(made);
  return made;
}

/** The next due times after `from`, in UTC. */
function moments({ next }: Schedule, from: string, count: number): string[] {
  const found: string[] = [];
  for (let at = next(Date.parse(from)); found.length < count; at = next(at)) {
    found.push(new Date(at).toISOString().slice(0, 16));
  }
  return found;
}

describe('a schedule', () => {
  it('is due at multiples of its interval since the epoch, the same in every process', () => {
    const every = schedule({ every: '5s' });
    expect(every.next(0)).toBe(5000);
    expect(every.next(4999)).toBe(5000);
    expect(every.next(5000)).toBe(10_000);
  });

  it.each([
    ['in the skipped hour', '30 2 * * *', '2026-03-28T12:00Z', ['2026-03-29T01:30', '2026-03-30T00:30']],
    ['after the skipped hour', '0 3 * * *', '2026-03-28T12:00Z', ['2026-03-29T01:00', '2026-03-30T01:00']],
    ['in the repeated hour', '30 2 * * *', '2026-10-24T12:00Z', ['2026-10-25T00:30', '2026-10-26T01:30']],
    ['after the repeated hour', '0 3 * * *', '2026-10-24T12:00Z', ['2026-10-25T02:00', '2026-10-26T02:00']],
  ])('is due once on the day daylight saving time changes: %s', (_, cron, from, due) => {
    expect(moments(schedule({ cron, timeZone: 'Europe/Berlin' }), from, 2)).toEqual(due);
  });

  it('is parsed back from its own text', () => {
    for (const options of [{ every: 250 }, { cron: '*/10 0 3 * * *' }, { cron: '0 3 * * 1', timeZone: 'Asia/Tokyo' }]) {
      const made = schedule(options as Parameters<typeof Schedule.of>[0]);
      const read = Schedule.parse(made.text, cron);
      expect(read.text).toBe(made.text);
      expect(moments(read, '2026-01-01T00:00Z', 3)).toEqual(moments(made, '2026-01-01T00:00Z', 3));
    }
  });

  it.each([
    [{ cron: '61 * * * *' }, 'expected range 0-59'],
    [{ cron: '' }, 'expected five fields'],
    [{ cron: '* * *' }, 'expected five fields'],
    [{ cron: 'at three in the morning' }, 'cannot be read'],
    [{ cron: '0 0 31 2 *' }, 'cannot be read'],
    [{ cron: '0 3 * * *', timeZone: 'Europe/Nowhere' }, 'expected a name such as'],
    [{ every: 'soon' }, 'expected milliseconds from 100'],
    [{ every: 99 }, 'expected milliseconds from 100'],
    [{ every: Number.POSITIVE_INFINITY }, 'expected milliseconds from 100'],
    [{}, 'takes either every or cron'],
    [{ every: '1s', cron: '0 3 * * *' }, 'takes either every or cron'],
  ])('with the options %j reports its problem', (options, problem) => {
    expect(Schedule.of(options as Parameters<typeof Schedule.of>[0], cron)).toContain(problem);
  });
});
