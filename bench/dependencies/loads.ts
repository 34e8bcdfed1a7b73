import { median } from '../measure/figures.js';
import type { RunningShop, Shop } from './shop.js';

const HITS = 200_000;
/** Few in a row: other work on the machine then affects neighbours alike. */
const LOADS = 50;
/** Rounds of loads for each of hits, and before the first one: code is compiled after some thousands of loads. */
const ROUNDS_OF_LOADS = 6;
const WARM_UP = 60;
const KEYS = 1000;

/** Of each round, the figure of the observed method to that of the declared one. */
interface Ratios {
  readonly wall: number[];
  readonly cpu: number[];
  /** Processor times of both in each round, in microseconds. */
  readonly times: { readonly declared: number[]; readonly observed: number[] };
}

/** How the quickest rounds compare: other load on the machine only adds time. */
export function quickest({ times: { declared, observed } }: Ratios): number {
  return Math.min(...observed) / Math.min(...declared);
}

type Method = (id: number) => Promise<unknown>;

/** Speeds of hits: 1 is as fast. */
export async function compareHits({ shop }: RunningShop, rounds: number): Promise<Ratios> {
  const methods = [(id: number) => shop.declaredOne(id), (id: number) => shop.observedOne(id)] as const;
  for (const method of methods) for (let id = 0; id < KEYS; id++) await method(id);
  const hit = async (method: Method) => {
    for (let step = 0; step < HITS; step++) await method(step % KEYS);
  };
  const ratios: Ratios = none();
  for (let round = -2; round < rounds; round++) {
    const [declared, observed] = await inTurn(round, methods, hit);
    if (round < 0) continue;
    ratios.wall.push(declared.wall / observed.wall);
    ratios.cpu.push(declared.cpu / observed.cpu);
    note(ratios, declared, observed);
  }
  return ratios;
}

/** Times of loads: 1 is as quick. */
export async function compareLoads({ shop, trips }: RunningShop, rounds: number) {
  let next = KEYS;
  const load = async (method: Method) => {
    const first = next;
    next += LOADS;
    for (let id = first; id < next; id++) await method(id);
  };
  const ratios: Record<string, Ratios> = {};
  const [declaredUsed, observedUsed, declaredTrips, observedTrips]: [number[], number[], number[], number[]] = [
    [],
    [],
    [],
    [],
  ];
  const pairs = {
    'a load with 5 queries': ['declared', 'observed'],
    'a load with 1 query': ['declaredOne', 'observedOne'],
  } as const satisfies Record<string, readonly (keyof Shop)[]>;
  for (const [name, [one, other]] of Object.entries(pairs)) {
    const methods = [(id: number) => shop[one](id), (id: number) => shop[other](id)] as const;
    const all: Ratios = none();
    ratios[name] = all;
    for (let round = -WARM_UP; round < rounds * ROUNDS_OF_LOADS; round++) {
      const [declared, observed] = await inTurn(round, methods, load, trips);
      if (round < 0) continue;
      all.wall.push(observed.wall / declared.wall);
      all.cpu.push(observed.cpu / declared.cpu);
      note(all, declared, observed);
      if (one !== 'declared') continue;
      declaredUsed.push(declared.cpu / LOADS);
      observedUsed.push(observed.cpu / LOADS);
      declaredTrips.push(declared.trips / LOADS);
      observedTrips.push(observed.trips / LOADS);
    }
  }
  return {
    ratios,
    declaredMicroseconds: median(declaredUsed),
    observedMicroseconds: median(observedUsed),
    declaredTrips: median(declaredTrips),
    observedTrips: median(observedTrips),
  };
}

function none(): Ratios {
  return { wall: [], cpu: [], times: { declared: [], observed: [] } };
}

function note({ times }: Ratios, declared: Used, observed: Used): void {
  times.declared.push(declared.cpu);
  times.observed.push(observed.cpu);
}

interface Used {
  /** Microseconds. */
  readonly wall: number;
  /** Microseconds of this process. */
  readonly cpu: number;
  readonly trips: number;
}

/** Runs two methods in an order that changes with each round, so that other load affects both alike. */
async function inTurn(
  round: number,
  methods: readonly [Method, Method],
  run: (method: Method) => Promise<void>,
  trips = () => 0,
): Promise<[Used, Used]> {
  const used: Used[] = [];
  for (const place of round % 2 === 0 ? [0, 1] : [1, 0]) {
    const [began, before, tripsBefore] = [performance.now(), process.cpuUsage(), trips()];
    await run(methods[place] as Method);
    const { user, system } = process.cpuUsage(before);
    used[place] = { wall: 1000 * (performance.now() - began), cpu: user + system, trips: trips() - tripsBefore };
  }
  return used as [Used, Used];
}
