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

  it('for development are off in production, unless the environment switches them on', () => {
    expect(on(flagsOf({ NODE_ENV: 'production' }))).toEqual([
      'LARDER_MEMORY_TIER',
      'LARDER_COMPRESSION',
      'LARDER_BACKGROUND',
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

  it.each(['true', 'on', 'yes', '1', 'TRUE'])('accept %s as on', (text) => {
    expect(
      flagsOf({ NODE_ENV: 'production', BACKGROUND_BROADCASTING: text }).isEnabled('BACKGROUND_BROADCASTING'),
    ).toBe(true);
  });

  it.each(['false', 'off', 'no', '0', 'Off'])('accept %s as off', (text) => {
    expect(flagsOf({ ENABLE_SIMULATION: text }).isEnabled('ENABLE_SIMULATION')).toBe(false);
  });

  it('ignore an empty variable', () => {
    expect(flagsOf({ ENABLE_SIMULATION: '', SIMULATION_FEATURE_FLAG: '' }).isEnabled('simulation:dojo-status')).toBe(
      true,
    );
  });

  it('for simulations are off while ENABLE_SIMULATION is off', () => {
    const flags = flagsOf({ ENABLE_SIMULATION: 'off', SIMULATION_FEATURE_FLAG: 'all' });
    expect(flags.isEnabled('simulation:player-movement')).toBe(false);
  });

  it('report every invalid variable, its value and the expected values', () => {
    const env = { ENABLE_SIMULATION: 'maybe', LARDER_JOBS: '2', SIMULATION_FEATURE_FLAG: 'player-movement,snakes' };
    expect(problemsOf(env)).toEqual([
      "invalid ENABLE_SIMULATION: got 'maybe', expected on or off (true or false, yes or no, 1 or 0)",
      "invalid LARDER_JOBS: got '2', expected on or off (true or false, yes or no, 1 or 0)",
      "invalid SIMULATION_FEATURE_FLAG: got 'player-movement,snakes', expected all, or some of player-movement, dojo-status, " +
        'game-events, with commas between them',
    ]);
  });

  it('accept any name of a simulation if the application names none', () => {
    expect(parseFlags({ SIMULATION_FEATURE_FLAG: 'snakes' }, undefined).flags.isEnabled('simulation:snakes')).toBe(
      true,
    );
  });

  it('throw for an unknown flag', () => {
    expect(() => flagsOf({}).isEnabled('simulation:snakes')).toThrow(LarderFlagError);
  });
});
