import { describe, expect, it } from '@jest/globals';
import { pattern, tag } from '../../keys/target.js';
import { previewPage, printReport, reportAsJson } from './invalidation-report.js';

const [venues, sevens] = [pattern('venues'), tag('venue:7\u001b[2J')];

describe('the report of an invalidation', () => {
  it('says that Redis has every target', () => {
    const { out, err } = printed({ delivered: 2, undelivered: [], failed: [] });
    expect(out.slice(0, 2)).toEqual(['Invalidated: venues', 'Invalidated: tag venue:7\\u001b[2J']);
    expect(out[2]).toMatch(/^Redis has it/);
    expect(err).toEqual([]);
  });

  it('does not promise what Redis has not confirmed, and says what to do', () => {
    const { out, err } = printed({
      delivered: 0,
      undelivered: [venues],
      failed: [{ target: sevens, error: new Error('no') }],
    });
    expect(out).toEqual([]);
    expect(err).toEqual([
      'NOT CONFIRMED: venues',
      'FAILED: tag venue:7\\u001b[2J (Error: no)',
      expect.stringMatching(/keeps nothing\. Run it again when `npx nest-larder doctor` finds no problem/),
    ]);
  });

  it('names targets as JSON', () => {
    const report = { delivered: 1, undelivered: [venues], failed: [{ target: sevens, error: 'no' }], skipped: [] };
    expect(JSON.parse(reportAsJson(report))).toEqual({
      delivered: 1,
      undelivered: ['venues'],
      failed: [{ target: 'tag venue:7\u001b[2J', error: 'no' }],
    });
  });
});

describe('the page of a dry run', () => {
  it('says "at least" when it has not seen every entry, and bounds its examples', () => {
    const page = previewPage([venues], {
      counts: [30],
      total: 30,
      examples: ['venues:1', 'venues:2'],
      isComplete: false,
    });
    expect(page).toMatch(
      /venues: at least 30 entries in Redis\nTogether at least 30 entries:\n {2}venues:1\n {2}venues:2\n {2}… and 28 more/,
    );
  });
});

function printed(report: Omit<Parameters<typeof printReport>[1], 'skipped'>) {
  const [out, err]: [string[], string[]] = [[], []];
  const terminal = { print: (text: string) => out.push(text), complain: (text: string) => err.push(text) };
  printReport([venues, sevens], { ...report, skipped: [] }, 'command', terminal);
  return { out, err };
}
