import { describe, expect, it } from '@jest/globals';
import { explore, hasValidPage, type Kind, RULES, StaleError } from '../support/model/protocol.js';

const CONFIGURATIONS: readonly (readonly Kind[])[] = [
  ['through', 'page'],
  ['through', 'invalidate', 'page'],
  ['through', 'through'],
  ['through', 'feed', 'page'],
  ['through', 'feed', 'list'],
  ['through', 'outside', 'feed'],
  ['through', 'invalidate', 'feed'],
  ['through', 'through', 'feed'],
];

it.each(CONFIGURATIONS.map((kinds) => [kinds]))('no interleaving serves a stale value: %j', (kinds) => {
  expect(explore(kinds, RULES).states).toBeGreaterThan(20);
});

describe('each rule is needed: without it a read returns a stale value', () => {
  it.each<[keyof typeof RULES, readonly Kind[]]>([
    ['endCheck', ['through', 'through']],
    ['compareFirst', ['through', 'invalidate', 'feed', 'page']],
    ['raiseOthers', ['through', 'feed', 'list']],
    ['forgetFailed', ['through', 'feed', 'page']],
    ['apart', ['through', 'outside', 'feed']],
  ])('%s', (rule, kinds) => {
    expect(() => explore(kinds, { ...RULES, [rule]: false })).toThrow(StaleError);
  });
});

describe('a marked write-through without concurrent writes', () => {
  const ends = (rules: typeof RULES) =>
    explore(['through', 'feed'], rules).ends.filter(({ processes: [write] }) => write?.succeeded);

  it('keeps its value, whenever the feed delivers its row', () => {
    expect(ends(RULES).length).toBeGreaterThan(0);
    expect(ends(RULES).every(hasValidPage)).toBe(true);
  });

  it.each(['ownBump', 'skipBumped'] as const)('loses it without the rule %s', (rule) => {
    expect(ends({ ...RULES, [rule]: false }).every(hasValidPage)).toBe(false);
  });
});
