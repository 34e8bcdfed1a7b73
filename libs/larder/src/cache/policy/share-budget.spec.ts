import { describe, expect, it } from '@jest/globals';
import { ShareBudget } from './share-budget.js';

const TTL = 60_000;
const entries = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => ({ id: `id ${from + index}` }));

describe('the share of a method', () => {
  it('is bounded, however many ids are offered', () => {
    const budget = new ShareBudget(100, TTL);
    let shared = 0;
    for (let made = 0; made < 2500; made += 10) shared += budget.admitted(entries(10, made), made).length;
    expect(shared).toBe(100);
  });

  it('admits an id that it holds again', () => {
    const budget = new ShareBudget(100, TTL);
    budget.admitted(entries(100), 0);
    expect(budget.admitted(entries(110), 1000)).toHaveLength(100);
  });

  it('never exceeds the bound within a TTL, and frees places after two', () => {
    const budget = new ShareBudget(100, TTL);
    const livesUntil = new Map<string, number>();
    for (let now = 0; now < 10 * TTL; now += 500) {
      for (const { id } of budget.admitted(entries(5, now), now)) livesUntil.set(id, now + TTL);
      expect([...livesUntil.values()].filter((until) => until > now).length).toBeLessThanOrEqual(100);
    }
    expect(livesUntil.size).toBeGreaterThanOrEqual(400);
  });

  it('keeps the places of ids that are stored repeatedly', () => {
    const budget = new ShareBudget(10, TTL);
    for (let now = 0; now < 5 * TTL; now += TTL) {
      expect(budget.admitted(entries(5), now)).toHaveLength(5);
      budget.admitted(entries(100, now + 100), now + 1);
    }
  });
});
