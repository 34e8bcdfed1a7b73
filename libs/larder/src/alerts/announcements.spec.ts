import { beforeEach, expect, it } from '@jest/globals';
import { MemoryClaims } from '../cache/fleet/memory-claims.js';
import type { NoticeClaims } from '../cache/fleet/notice-claims.js';
import { FakeClock } from '../testing/fake-clock.js';
import type { Alert } from './alert.js';
import type { ActiveFault } from './alert-states.js';
import { Announcements } from './announcements.js';

const LIFE = 40_000;

let clock: FakeClock;
let claims: MemoryClaims;
/** Whether Redis can be asked. */
let isReachable: boolean;
beforeEach(() => {
  clock = new FakeClock();
  claims = new MemoryClaims(clock);
  isReachable = true;
});

const shared: NoticeClaims = {
  exchange: (...given) => (isReachable ? claims.exchange(...given) : Promise.reject(new Error('Redis is away'))),
};

const nodeNamed = (id: string) => new Announcements(shared, { id, label: `${id}:1`, life: LIFE });

function faults(...names: readonly ActiveFault['name'][]): ReadonlyMap<string, ActiveFault> {
  const fault = { message: 'What happened.', action: 'Do it.', since: clock.now() };
  return new Map(names.map((name) => [name, { ...fault, name }]));
}

/** What a node announces for its faults. */
async function told(node: Announcements, ...names: readonly ActiveFault['name'][]): Promise<string[]> {
  const alerts = await node.exchange(faults(...names), clock.now());
  return alerts.map(({ name, state }: Alert) => `${name} ${state}`);
}

it('a fault that three nodes see is announced once, and its end once', async () => {
  const nodes = ['a', 'b', 'c'].map(nodeNamed);
  const lines = async (...names: ActiveFault['name'][]) =>
    (await Promise.all(nodes.map((node) => told(node, ...names)))).flat();
  expect(await lines('job-failing')).toEqual(['job-failing started']);
  expect(await lines('job-failing')).toEqual([]);
  expect(await told(nodes[0] as Announcements)).toEqual([]);
  expect(await told(nodes[1] as Announcements)).toEqual([]);
  expect(await told(nodes[2] as Announcements)).toEqual(['job-failing ended']);
});

it('an end has the text and the begin of the start, also on another node', async () => {
  const [first, second] = [nodeNamed('a'), nodeNamed('b')];
  const [started] = await first.exchange(faults('feed-late'), clock.now());
  const begin = clock.now();
  clock.advance(LIFE);
  const [ended] = await second.exchange(faults(), clock.now());
  expect(started).toMatchObject({ name: 'feed-late', state: 'started', node: 'a:1', endedAt: undefined });
  expect(ended).toEqual({
    ...started,
    state: 'ended',
    startedAt: new Date(begin),
    endedAt: new Date(begin + LIFE),
  });
});

it('each node announces for itself while Redis is away, start and end', async () => {
  const nodes = [nodeNamed('a'), nodeNamed('b')] as const;
  isReachable = false;
  for (const node of nodes) {
    expect(await told(node, 'redis-lost')).toEqual(['redis-lost started']);
    expect(await told(node, 'redis-lost')).toEqual([]);
  }
  isReachable = true;
  for (const node of nodes) {
    // It is active for another check.
    expect(await told(node, 'redis-lost')).toEqual([]);
    expect(await told(node)).toEqual(['redis-lost ended']);
    expect(await told(node)).toEqual([]);
  }
});

it('what the fleet knew before Redis went away is announced by none again, and ends when it is back', async () => {
  const nodes = [nodeNamed('a'), nodeNamed('b')] as const;
  expect(await told(nodes[0], 'job-failing')).toEqual(['job-failing started']);
  expect(await told(nodes[1], 'job-failing')).toEqual([]);
  isReachable = false;
  for (const node of nodes) expect(await told(node, 'job-failing')).toEqual([]);
  for (const node of nodes) expect(await told(node)).toEqual([]);
  isReachable = true;
  const ends = [...(await told(nodes[0])), ...(await told(nodes[1]))];
  expect(ends).toEqual(['job-failing ended']);
});

it('ignores an end whose text is garbage', async () => {
  await claims.exchange('other', new Map([['x', 'garbage']]), 1);
  await claims.exchange('other', new Map([['y', '{"name":7}']]), 1);
  clock.advance(10);
  expect(await told(nodeNamed('a'))).toEqual([]);
});
