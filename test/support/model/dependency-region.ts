/**
 * The region of observed dependencies as a model: every interleaving of two nodes, a server and its replica, on two slots that
 * share a place in Redis; the loads read the first. Each step is atomic, as a script in Redis is. `docs/decisions/0017` explains
 * the rules.
 */
export interface RegionRules {
  /** A version is above all others of the region, whatever the clock says. */
  readonly isMonotone: boolean;
  /** An entry is stored with the version up to which its node has followed the journal, not with one that a reply told. */
  readonly isInOrder: boolean;
  /** An entry older than the last gap of a node is served there only after a question to Redis. */
  readonly asksAfterGap: boolean;
  /** After a gap all entries in memory that depend on the region are invalid. */
  readonly forgetsAfterGap: boolean;
  /** Another server has another epoch. */
  readonly isRenewedByFailover: boolean;
  /** A region that is made again has another epoch. */
  readonly isRenewedWhenMissing: boolean;
}

export const REGION_RULES: RegionRules = {
  isMonotone: true,
  isInOrder: true,
  asksAfterGap: true,
  forgetsAfterGap: true,
  isRenewedByFailover: true,
  isRenewedWhenMissing: true,
};

/** What may happen, each this many times. `change`: a row of a slot is committed and then raised, by either node. */
export interface Budget {
  readonly change?: number;
  readonly load?: number;
  readonly gap?: number;
  readonly evict?: number;
  /** The server dies, and a replica that may lack its last steps takes over: both nodes connect again. */
  readonly failover?: number;
}

/** A node that has followed the journal would serve a value older than an acknowledged change. */
export class StaleDependencyError extends Error {}

const SLOTS = [0, 1] as const;
type Slot = (typeof SLOTS)[number];
const NODES = [0, 1] as const;

interface Server {
  /** 0 if the region is missing. */
  epoch: number;
  last: number;
  /** The version of the place that all slots share. */
  place: number;
  clock: number;
  journal: { slot: Slot | undefined; version: number; epoch: number }[];
}

interface Node {
  position: number;
  followed: number;
  floor: number;
  epoch: number;
  /** The versions of known slots. */
  versions: Partial<Record<Slot, number>>;
  memory: Partial<Record<Slot, number>>;
  loading: { slot: Slot; value: number; isCurrent: boolean } | undefined;
}

interface SharedEntry {
  readonly value: number;
  readonly version: number;
  readonly epoch: number;
}

interface State {
  server: Server;
  replica: Server;
  nodes: Node[];
  shared: Partial<Record<Slot, SharedEntry>>;
  rows: number[];
  acknowledged: number[];
  /** A committed change that is not raised yet. */
  pending: { slot: Slot; value: number } | undefined;
  left: { -readonly [Name in keyof Budget]-?: number };
}

/**
 * @returns the number of states
 * @throws StaleDependencyError
 */
export function exploreRegion(budget: Budget, rules: RegionRules): number {
  const seen = new Set<string>();
  const pending = [initial(budget)];
  for (let state = pending.pop(); state !== undefined; state = pending.pop()) {
    const text = JSON.stringify(state);
    if (seen.has(text)) continue;
    seen.add(text);
    check(state, rules);
    pending.push(...next(state, text, rules));
  }
  return seen.size;
}

function initial(budget: Budget): State {
  const server = (): Server => ({ epoch: 1, last: 10, place: 10, clock: 10, journal: [] });
  const node = (): Node => ({
    position: 0,
    followed: 10,
    floor: 10,
    epoch: 1,
    versions: {},
    memory: {},
    loading: undefined,
  });
  return {
    server: server(),
    replica: server(),
    nodes: NODES.map(node),
    shared: {},
    rows: [0, 0],
    acknowledged: [0, 0],
    pending: undefined,
    left: { change: 0, load: 0, gap: 0, evict: 0, failover: 0, ...budget },
  };
}

/** @param text the state as JSON: parsing it is the fastest copy */
function next(state: State, text: string, rules: RegionRules): State[] {
  const found: State[] = [];
  const after = (change: (copy: State) => void) => {
    const copy = JSON.parse(text) as State;
    change(copy);
    found.push(copy);
  };
  const { left, nodes, pending, server } = state;
  if (left.change > 0 && pending === undefined)
    for (const slot of SLOTS)
      after((copy) => {
        copy.left.change--;
        copy.rows[slot] = (copy.rows[slot] as number) + 1;
        copy.pending = { slot, value: copy.rows[slot] as number };
      });
  if (left.evict > 0 && server.epoch !== 0)
    after((copy) => {
      copy.left.evict--;
      Object.assign(copy.server, { epoch: 0, last: 0, place: 0 });
    });
  if (left.failover > 0) {
    if (JSON.stringify(server) !== JSON.stringify(state.replica))
      after((copy) => {
        copy.replica = structuredClone(copy.server);
      });
    after((copy) => {
      copy.left.failover--;
      // The clock of the replica is behind.
      copy.server = { ...structuredClone(copy.replica), clock: 0 };
      if (rules.isRenewedByFailover) renew(copy.server);
      for (const node of copy.nodes) begin(node, copy.server, rules);
    });
  }
  for (const at of NODES) {
    const node = nodes[at] as Node;
    if (pending !== undefined) after((copy) => raise(copy, copy.nodes[at] as Node, rules));
    if (node.position < server.journal.length) after((copy) => follow(copy.nodes[at] as Node, copy.server, rules));
    if (left.gap > 0)
      after((copy) => {
        copy.left.gap--;
        open(copy.server, rules);
        begin(copy.nodes[at] as Node, copy.server, rules);
      });
    if (node.loading !== undefined) after((copy) => store(copy, copy.nodes[at] as Node));
    else if (left.load > 0)
      after((copy) => {
        copy.left.load--;
        (copy.nodes[at] as Node).loading = { slot: 0, value: copy.rows[0] as number, isCurrent: true };
      });
  }
  return found;
}

function renew(server: Server): void {
  server.epoch = Math.max(server.clock, server.epoch) + 1;
  server.last = Math.max(server.clock, server.last);
  server.journal.push({ slot: undefined, version: server.last, epoch: server.epoch });
}

/** Makes the region again if it is missing. Epochs are times: a new one differs from that of a region that is gone. */
function open(server: Server, rules: RegionRules): void {
  if (server.epoch !== 0) return;
  const known = Math.max(1, ...server.journal.map(({ epoch }) => epoch));
  server.epoch = rules.isRenewedWhenMissing ? known + 1 : known;
  server.last = Math.max(server.clock, 1);
  server.journal.push({ slot: undefined, version: server.last, epoch: server.epoch });
}

function raise(state: State, node: Node, rules: RegionRules): void {
  const { server } = state;
  const { slot, value } = state.pending as { slot: Slot; value: number };
  open(server, rules);
  server.clock++;
  const version = rules.isMonotone ? Math.max(server.clock, server.last + 1) : server.clock;
  server.last = Math.max(server.last, version);
  server.place = Math.max(server.place, version);
  server.journal.push({ slot, version, epoch: server.epoch });
  if (server.epoch === node.epoch) apply(node, slot, version);
  else invalidate(node, slot);
  if (!rules.isInOrder) node.followed = Math.max(node.followed, version);
  state.pending = undefined;
  state.acknowledged[slot] = value;
}

function invalidate(node: Node, slot: Slot): void {
  delete node.memory[slot];
  if (node.loading?.slot === slot) node.loading.isCurrent = false;
}

function apply(node: Node, slot: Slot, version: number): void {
  const known = node.versions[slot];
  if (known !== undefined && version <= known) return;
  node.versions[slot] = version;
  invalidate(node, slot);
}

function follow(node: Node, server: Server, rules: RegionRules): void {
  const record = server.journal[node.position] as Server['journal'][number];
  node.position++;
  if (record.slot !== undefined) {
    apply(node, record.slot, record.version);
    node.followed = Math.max(node.followed, record.version);
  } else if (record.epoch !== node.epoch) forget(node, record.version, record.epoch, rules);
}

function begin(node: Node, server: Server, rules: RegionRules): void {
  node.position = server.journal.length;
  if (node.followed !== server.last || node.epoch !== server.epoch) forget(node, server.last, server.epoch, rules);
}

function forget(node: Node, last: number, epoch: number, rules: RegionRules): void {
  Object.assign(node, { followed: last, floor: last, epoch, versions: {} });
  if (!rules.forgetsAfterGap) return;
  node.memory = {};
  if (node.loading !== undefined) node.loading.isCurrent = false;
}

function store(state: State, node: Node): void {
  const { slot, value, isCurrent } = node.loading as NonNullable<Node['loading']>;
  node.loading = undefined;
  if (!isCurrent) return;
  node.memory[slot] = value;
  const version = Math.max(node.followed, node.versions[slot] ?? 0);
  state.shared[slot] = { value, version, epoch: node.epoch };
}

function check(state: State, rules: RegionRules): void {
  for (const node of state.nodes) {
    if (node.position < state.server.journal.length) continue;
    for (const slot of SLOTS) {
      const expected = state.acknowledged[slot] as number;
      const { [slot]: own = expected } = node.memory;
      const entry = state.shared[slot];
      const found = entry !== undefined && admits(node, state.server, slot, entry, rules) ? entry.value : expected;
      if (own < expected || found < expected) throw new StaleDependencyError(JSON.stringify(state));
    }
  }
}

function admits(node: Node, server: Server, slot: Slot, entry: SharedEntry, rules: RegionRules): boolean {
  if (entry.epoch !== node.epoch) return false;
  const known = node.versions[slot];
  if (known !== undefined) return known <= entry.version;
  if (node.floor <= entry.version || !rules.asksAfterGap) return true;
  // A missing region is made again by the question, with another epoch.
  const isComparable = server.epoch === node.epoch || (server.epoch === 0 && !rules.isRenewedWhenMissing);
  return isComparable && server.place <= entry.version;
}
