import { describe, expect, it } from '@jest/globals';
import { toSettings } from '../config/settings.js';
import { type ChangeFeedOptions, cursorName, toChangeFeedSettings } from './options.js';
import { onTable } from './table-rule.js';

const rules = [onTable('calls', { columns: ['a'], invalidate: () => [] })];
const url = 'postgres://h/d';

describe('options of a change feed', () => {
  it('override their variables, which override the defaults', () => {
    const env = {
      LARDER_CHANGE_FEED_URL: url,
      DATABASE_URL: 'postgres://other/d',
      LARDER_CHANGE_FEED_POLL_INTERVAL: '20ms',
      LARDER_CHANGE_FEED_MAX_LOG_ROWS: '2000',
    };
    expect(toChangeFeedSettings({ rules, pollInterval: 50 }, env, 'prefix').settings).toEqual({
      url,
      rules,
      name: 'prefix',
      wake: 'notify',
      pollInterval: 50,
      retention: 3_600_000,
      maxLogRows: 2000,
      timeout: 5000,
    });
    expect(toChangeFeedSettings({ rules }, { DATABASE_URL: url }).settings?.url).toBe(url);
  });

  it('report every problem in one list, without passwords', () => {
    const wrong = {
      rules: [],
      pollInterval: '1ms',
      kepFor: 1,
      url: 'mysql://u:secret@h',
    } as unknown as ChangeFeedOptions;
    const { problems } = toChangeFeedSettings(wrong, { LARDER_CHANGE_FEED_WAKE: 'never' });
    expect(problems).toHaveLength(5);
    expect(problems.join('\n')).not.toContain('secret');
    expect(problems).toContain("invalid LARDER_CHANGE_FEED_WAKE: got 'never', expected 'notify' or 'poll'");
    expect(toChangeFeedSettings({ rules }, {}).problems).toEqual([
      expect.stringContaining('DATABASE_URL is not either'),
    ]);
  });

  it('are validated together with those of the module', () => {
    const env = { LARDER_CHANGE_FEED_TIMEOUT: '1ms', LARDER_KEY_PREFIX: 'shop' };
    const wrong = () => toSettings({ changeFeed: { url, rules }, jitter: 2 }, env);
    expect(wrong).toThrow(/invalid option jitter: got 2/);
    expect(wrong).toThrow(/invalid LARDER_CHANGE_FEED_TIMEOUT: got '1ms'/);
    expect(toSettings({ changeFeed: { url, rules } }, { LARDER_KEY_PREFIX: 'shop' }).changeFeed?.name).toBe('shop');
    expect(toSettings({ changeFeed: { rules } }, { LARDER_CHANGE_FEED: 'off' }).changeFeed).toBeUndefined();
  });

  it('give feeds with different rules or names different positions', () => {
    const other = [onTable('calls', { columns: ['a'], invalidate: () => [['x']] })];
    expect(cursorName({ name: 'n', rules })).toBe(cursorName({ name: 'n', rules: [...rules] }));
    expect(cursorName({ name: 'n', rules })).not.toBe(cursorName({ name: 'n', rules: other }));
    expect(cursorName({ name: 'n', rules })).not.toBe(cursorName({ name: 'm', rules }));
  });
});
