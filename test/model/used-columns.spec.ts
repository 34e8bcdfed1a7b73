import { describe, expect, it } from '@jest/globals';

/**
 * How a load, the registration of what it reads, a change and the reader of the change log can be interleaved: every order. The
 * database has one row, whose change is logged. Deliveries are repeated and in order, as the reader's are.
 */
interface Rules {
  /** Whether a load that began before its registration is stored. */
  readonly storesFirst: boolean;
  /** Whether the reader reads the uses before the rows of the log. */
  readonly readsUsesFirst: boolean;
}

interface World {
  row: number;
  /** Whether the use is registered. */
  isRegistered: boolean;
  /** The rows of the log that are delivered. */
  delivered: number;
  /** How often the dependency was bumped. */
  bumps: number;
  stored: { value: number; stamp: number } | undefined;
}

type Step = (world: World) => void;

const RIGHT: Rules = { storesFirst: false, readsUsesFirst: false };

/** A load; it registers what it reads if that was not registered when it began. */
function load({ storesFirst }: Rules): Step[] {
  let began = { stamp: 0, isRegistered: false };
  let value = 0;
  return [
    ({ bumps, isRegistered }) => {
      began = { stamp: bumps, isRegistered };
    },
    ({ row }) => {
      value = row;
    },
    (world) => {
      world.isRegistered = true;
    },
    (world) => {
      const { stamp, isRegistered } = began;
      if ((isRegistered || storesFirst) && stamp === world.bumps) world.stored = { value, stamp };
    },
  ];
}

/** The reader reads a page, then what is used, and delivers. */
function read({ readsUsesFirst }: Rules): Step[] {
  let page = 0;
  let isUsed = false;
  const readPage: Step = ({ row }) => {
    page = row;
  };
  const readUses: Step = ({ isRegistered }) => {
    isUsed = isRegistered;
  };
  return [
    ...(readsUsesFirst ? [readUses, readPage] : [readPage, readUses]),
    (world) => {
      if (page > world.delivered && isUsed) world.bumps++;
      world.delivered = Math.max(world.delivered, page);
    },
  ];
}

/** Whether some order of one load or two, a change and the reader ends with a stale value. */
function isEverStale(rules: Rules): boolean {
  const change: Step = (world) => void world.row++;
  const reading = () => [...read(rules), ...read(rules)];
  return [load(rules), [...load(rules), ...load(rules)]].some((loading) =>
    endsStale([loading, [change], reading()], rules),
  );
}

function endsStale(programs: readonly (readonly Step[])[], rules: Rules): boolean {
  return ordersOf(programs.map((steps) => steps.length)).some((order) => {
    const world: World = { row: 0, isRegistered: false, delivered: 0, bumps: 0, stored: undefined };
    const next = programs.map(() => 0);
    for (const program of order) {
      const step = programs[program]?.[next[program] as number] as Step;
      next[program] = (next[program] as number) + 1;
      step(world);
    }
    // The log is read to its end at last.
    for (const step of read(rules)) step(world);
    const { stored, bumps, row } = world;
    return stored !== undefined && stored.stamp === bumps && stored.value !== row;
  });
}

/** Every order of the steps of programs with so many steps each. */
function ordersOf(counts: readonly number[]): number[][] {
  if (counts.every((count) => count === 0)) return [[]];
  return counts.flatMap((count, index) => {
    if (count === 0) return [];
    const rest = ordersOf(counts.map((one, at) => (at === index ? one - 1 : one)));
    return rest.map((order) => [index, ...order]);
  });
}

describe('registering what queries use', () => {
  it('never leaves a stale value', () => expect(isEverStale(RIGHT)).toBe(false));
  it('would, if a load were stored that began before its registration', () =>
    expect(isEverStale({ ...RIGHT, storesFirst: true })).toBe(true));
  it('would, if the reader read the uses before the rows', () =>
    expect(isEverStale({ ...RIGHT, readsUsesFirst: true })).toBe(true));
});
