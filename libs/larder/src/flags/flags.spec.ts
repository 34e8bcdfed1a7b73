import { describe, expect, it } from '@jest/globals';
import { LarderFlagError } from '../base/errors.js';
import { SWITCH_NAMES } from './flag-options.js';
import type { Flags } from './flags.js';
import { parseFlags } from './parse-flags.js';

const SIMULATIONS = ['player-movement', 'dojo-status', 'game-events'];
const flagsOf = (env: Record<string, string>): Flags => parseFlags(env, SIMULATIONS).flags;
const problemsOf = (env: Record<string, string>) => parseFlags(env, SIMULATIONS).problems;
const on = (flags: Flags) => flags.list().flatMap(({ name, enabled }) => (enabled ? [name] : []));

describe('flags', () => {
  it('are on in development', () => {
    const simulations = SIMULATIONS.map((name) => `simulation:${name}`);
    expect(on(flagsOf({}))).toEqual([...SWITCH_NAMES, ...simulations]);
  });

  it('are off in production where they show something to outsiders, until asked for', () => {
    expect(on(flagsOf({ NODE_ENV: 'production' }))).toEqual([
      'LARDER_MEMORY_TIER',
      'LARDER_COMPRESSION',
      'LARDER_PREFETCH',
      'LARDER_WARMING',
      'LARDER_BACKGROUND_REFRESH',
      'LARDER_JOBS',
      'LARDER_CHANGE_FEED',
    ]);
    const flags = flagsOf({ NODE_ENV: 'production', ENABLE_SIMULATION: 'on', SIMULATION_FEATURE_FLAG: 'dojo-status' });
    expect(flags.isEnabled('simulation:dojo-status')).toBe(true);
    expect(flags.isEnabled('simulation:game-events')).toBe(false);
  });

  it.each(['true', 'on', 'yes', '1', 'TRUE'])('takes %s for on', (text) => {
    expect(
      flagsOf({ NODE_ENV: 'production', BACKGROUND_BROADCASTING: text }).isEnabled('BACKGROUND_BROADCASTING'),
    ).toBe(true);
  });

  it.each(['false', 'off', 'no', '0', 'Off'])('takes %s for off', (text) => {
    expect(flagsOf({ ENABLE_SIMULATION: text }).isEnabled('ENABLE_SIMULATION')).toBe(false);
  });

  it('takes a variable set to nothing for one that is not set', () => {
    expect(flagsOf({ ENABLE_SIMULATION: '', SIMULATION_FEATURE_FLAG: '' }).isEnabled('simulation:dojo-status')).toBe(
      true,
    );
  });

  it('leaves simulations off while ENABLE_SIMULATION is', () => {
    const flags = flagsOf({ ENABLE_SIMULATION: 'off', SIMULATION_FEATURE_FLAG: 'all' });
    expect(flags.isEnabled('simulation:player-movement')).toBe(false);
  });

  it('tells every variable that holds something else, what it got and what it takes', () => {
    const env = { ENABLE_SIMULATION: 'maybe', LARDER_JOBS: '2', SIMULATION_FEATURE_FLAG: 'player-movement,snakes' };
    expect(problemsOf(env)).toEqual([
      "ENABLE_SIMULATION is 'maybe'; it takes on or off (true or false, yes or no, 1 or 0)",
      "LARDER_JOBS is '2'; it takes on or off (true or false, yes or no, 1 or 0)",
      "SIMULATION_FEATURE_FLAG is 'player-movement,snakes'; it takes all, or some of player-movement, dojo-status, " +
        'game-events, with commas between them',
    ]);
  });

  it('takes any name for a simulation where the application did not say which it has', () => {
    expect(parseFlags({ SIMULATION_FEATURE_FLAG: 'snakes' }, undefined).flags.isEnabled('simulation:snakes')).toBe(
      true,
    );
  });

  it('refuses to answer for a flag that does not exist', () => {
    expect(() => flagsOf({}).isEnabled('simulation:snakes')).toThrow(LarderFlagError);
  });
});
