import { describe, expect, it } from '@jest/globals';
import { explore, type Kind, RULES, StaleError } from '../support/model/stored-with-bump.js';

const CONFIGURATIONS: readonly (readonly Kind[])[] = [
  ['set', 'clock'],
  ['set', 'set', 'clock'],
  ['set', 'key', 'clock'],
  ['set', 'tag', 'follow', 'clock'],
  ['set', 'set', 'key', 'clock'],
  ['set', 'set', 'tag', 'follow', 'clock'],
  ['set', 'key', 'tag', 'follow', 'clock'],
  ['set', 'tag', 'tag', 'follow', 'clock'],
];

it.each(CONFIGURATIONS.map((kinds) => [kinds]))('no interleaving leaves a replaced value valid: %j', (kinds) => {
  expect(explore(kinds, RULES).storedAtOnce).toBeGreaterThan(0);
});

describe('each rule is needed: without it a replaced value stays valid', () => {
  it.each<[keyof typeof RULES, readonly Kind[]]>([
    ['exact', ['set', 'key', 'clock']],
    ['above', ['set', 'set', 'key', 'clock']],
    ['sinceCall', ['set', 'tag', 'follow', 'clock']],
    ['asSent', ['set', 'tag', 'follow', 'clock']],
  ])('%s', (rule, kinds) => {
    expect(() => explore(kinds, { ...RULES, [rule]: false })).toThrow(StaleError);
  });
});
