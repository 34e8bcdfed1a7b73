import { describe, expect, it } from '@jest/globals';
import { Demand, MAX_GROUPS, MAX_KEYS } from './demand.js';
import { Forecast } from './forecast.js';
import { decodeProfile, encodeProfile, MAX_BYTES } from './profile/profile-format.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 0, 5);

/** Key 1 each minute between 9 and 10 o'clock, key 2 each tenth minute all day. */
function learned(days: number): Demand {
  const demand = new Demand(START);
  for (let now = START + MINUTE; now <= START + days * DAY; now += MINUTE) {
    demand.passTo(now);
    const minute = (now - START) / MINUTE;
    const hour = Math.floor((minute / 60) % 24);
    if (hour === 9) demand.ask('Pages.one', 'pages:1', '[1]', now);
    if (minute % 10 === 0) demand.ask('Pages.one', 'pages:2', '[2]', now);
    if (minute === 100) demand.ask('Pages.one', 'pages:3', '[3]', now);
  }
  const group = demand.group('Pages.one');
  if (group !== undefined) group.life = 30 * MINUTE;
  return demand;
}

function expected(demand: Demand, hour: number, id: string) {
  const group = demand.groups.get('Pages.one') as NonNullable<ReturnType<Demand['group']>>;
  const forecast = new Forecast(demand, group, START + 3 * DAY + hour * HOUR, 3 * MINUTE);
  return { ...forecast.of(group.keys.get(id) as Parameters<Forecast['of']>[0]), isSurge: forecast.isSurge };
}

describe('demand', () => {
  it('is expected at the hours of the day at which it was before', () => {
    const demand = learned(3);
    expect(expected(demand, 9, 'pages:1').life).toBeGreaterThan(15);
    expect(expected(demand, 9, 'pages:1').soon).toBeGreaterThan(0.5);
    expect(expected(demand, 14, 'pages:1').life).toBeLessThan(1);
    expect(expected(demand, 14, 'pages:2').life).toBeGreaterThan(1.5);
    expect(expected(demand, 9, 'pages:1').isSurge).toBe(true);
    expect(expected(demand, 14, 'pages:1').isSurge).toBe(false);
  });

  it('for a key that was asked for once is not expected again', () => {
    const demand = learned(3);
    for (let hour = 0; hour < 24; hour++) expect(expected(demand, hour, 'pages:3').life).toBe(0);
  });

  it('counts half after a week without any', () => {
    const demand = learned(3);
    const before = demand.groups.get('Pages.one')?.keys.get('pages:1')?.total as number;
    demand.passTo(START + 10 * DAY);
    expect(demand.groups.get('Pages.one')?.keys.get('pages:1')?.total).toBeCloseTo(before / 2, 3);
  });

  it('keeps a bounded number of keys, the most wanted ones, and of methods', () => {
    const demand = new Demand(START);
    for (let each = 0; each < 3; each++) demand.ask('Pages.one', 'pages:wanted', '["wanted"]', START);
    for (let key = 0; key < 2 * MAX_KEYS; key++) {
      demand.ask('Pages.one', `pages:${key}`, `[${key}]`, START + key);
      if (key % 1000 === 0) demand.trim();
    }
    demand.trim();
    expect(demand.size).toBeLessThanOrEqual(MAX_KEYS);
    expect(demand.groups.get('Pages.one')?.keys.has('pages:wanted')).toBe(true);
    for (let name = 0; name < 2 * MAX_GROUPS; name++) demand.ask(`Pages.${name}`, `${name}`, '[]', START);
    expect(demand.groups.size).toBe(MAX_GROUPS);
  });

  it('keeps keys of a bounded size', () => {
    const demand = new Demand(START);
    const long = 'x'.repeat(900);
    for (let key = 0; key < 2000; key++) demand.ask('Pages.one', `${key}`, JSON.stringify([long, key]), START);
    demand.trim();
    expect(demand.size).toBeLessThan(1200);
  });
});

describe('the stored form', () => {
  it('has everything that was learned, to a hundredth', async () => {
    const demand = learned(3);
    demand.counts.used = 12;
    const read = (await decodeProfile(await encodeProfile(demand))) as Demand;
    expect(read.at).toBe(demand.at);
    expect(read.counts).toEqual(demand.counts);
    expect(read.size).toBe(3);
    expect(read.groups.get('Pages.one')?.life).toBe(30 * MINUTE);
    for (const hour of [9, 14]) {
      for (const id of ['pages:1', 'pages:2']) {
        expect(expected(read, hour, id).life).toBeCloseTo(expected(demand, hour, id).life, 1);
      }
    }
  });

  it('stays below its bound', async () => {
    const demand = new Demand(START);
    let state = 1;
    const noise = () => {
      state = (state * 48_271) % 2_147_483_647;
      return state.toString(36);
    };
    for (let key = 0; key < MAX_KEYS; key++) {
      const id = Array.from({ length: 18 }, noise).join('');
      demand.ask('Pages.one', id, JSON.stringify([id]), START);
    }
    expect((await encodeProfile(demand)).length).toBeLessThanOrEqual(MAX_BYTES);
  });

  it('is not read if it is damaged or of another version', async () => {
    const bytes = await encodeProfile(learned(1));
    expect(await decodeProfile(bytes.subarray(0, bytes.length - 10))).toBeUndefined();
    expect(await decodeProfile(Buffer.from('garbage'))).toBeUndefined();
  });
});
