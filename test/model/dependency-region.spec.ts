import { describe, expect, it } from '@jest/globals';
import {
  type Budget,
  exploreRegion,
  REGION_RULES,
  type RegionRules,
  StaleDependencyError,
} from '../support/model/dependency-region.js';

const BUDGETS: readonly Budget[] = [
  { change: 2, load: 2 },
  { change: 2, load: 2, gap: 1 },
  { change: 1, load: 2, gap: 1, evict: 1 },
  { change: 2, load: 1, failover: 1 },
];

it.each(BUDGETS.map((budget) => [budget]))('no interleaving serves a stale value: %j', (budget) => {
  expect(exploreRegion(budget, REGION_RULES)).toBeGreaterThan(20);
});

describe('each rule is needed: without it a node serves a stale value', () => {
  it.each<[keyof RegionRules, Budget]>([
    ['isMonotone', { change: 2, load: 2, failover: 1 }],
    ['isInOrder', { change: 2, load: 2 }],
    ['asksAfterGap', { change: 1, load: 1, gap: 1 }],
    ['forgetsAfterGap', { change: 1, load: 1, gap: 1 }],
    ['isRenewedByFailover', { change: 2, load: 2, failover: 1 }],
    ['isRenewedWhenMissing', { change: 1, load: 1, gap: 2, evict: 1 }],
  ])('%s', (rule, budget) => {
    expect(() => exploreRegion(budget, { ...REGION_RULES, [rule]: false })).toThrow(StaleDependencyError);
  });
});
