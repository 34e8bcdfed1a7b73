import { describe, expect, it } from '@jest/globals';
import {
  exploreOwnWrites,
  OWN_WRITE_RULES,
  type OwnWriteRules,
  StaleOwnWriteError,
} from '../support/model/own-writes.js';

it('no interleaving serves a value older than a commit that has returned', () => {
  expect(exploreOwnWrites(OWN_WRITE_RULES)).toBeGreaterThan(200);
});

describe('each rule is needed: without it a read returns a stale value', () => {
  it.each(Object.keys(OWN_WRITE_RULES) as (keyof OwnWriteRules)[])('%s', (rule) => {
    expect(() => exploreOwnWrites({ ...OWN_WRITE_RULES, [rule]: false })).toThrow(StaleOwnWriteError);
  });
});
