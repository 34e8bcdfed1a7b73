/**
 * The protocol of `docs/consistency.md` as a model: every interleaving of a few processes on one row of the database. Each
 * step is atomic, as a script in Redis is.
 *
 * Two values depend on the row. `page` is what a write-through stores; it depends on the slot `page`. `list` depends on the
 * slot `list`, which a write-through does not bump: only the change feed does.
 */
export interface Rules {
  /** A write that concludes does not store its value if it overlapped another or its slots moved. */
  readonly endCheck: boolean;
  /** The feed's bump for a marked row counts as the write's own while the write is under way. */
  readonly ownBump: boolean;
  /** It does so only if nothing else has moved the slot. */
  readonly compareFirst: boolean;
  /** The feed skips what the marked write bumped when it concluded. */
  readonly skipBumped: boolean;
  /** The feed raises the other slots of a marked row. */
  readonly raiseOthers: boolean;
  /** A failed write is not remembered: its transaction may be committed later. */
  readonly forgetFailed: boolean;
  /** Rows with different marks are delivered separately. */
  readonly apart: boolean;
}

export const RULES: Rules = {
  endCheck: true,
  ownBump: true,
  compareFirst: true,
  skipBumped: true,
  raiseOthers: true,
  forgetFailed: true,
  apart: true,
};

/**
 * `through`: a write-through that marks its transaction; it may die, expire, or lose the answer to its commit. `invalidate`: a write
 * that only invalidates the page. `outside`: a write that only the feed sees. `feed`: delivers the log, and may deliver a
 * row again. `page`, `list`: two strong reads of that value.
 */
export type Kind = 'through' | 'invalidate' | 'outside' | 'feed' | 'page' | 'list';

type Slot = 'page' | 'list';
type Versions = Readonly<Record<Slot, number>>;

interface Entry {
  readonly value: number;
  readonly stamp: number;
}

interface Intent {
  overlapped: boolean;
  stamp: number;
}

interface Row {
  readonly commit: number;
  readonly mark: number | undefined;
}

interface Process {
  readonly kind: Kind;
  step: string;
  commit?: number;
  stamp?: number;
  needed?: number;
  value?: number;
  entry?: Entry | undefined;
  /** Of a write-through: it concluded in time. */
  succeeded?: boolean;
  /** Of a feed: how much of the log it has delivered, and whether it has gone back once. */
  delivered?: number;
  repeated?: boolean;
}

interface State {
  /** The last commit is the value of the row. */
  commits: number;
  versions: Record<Slot, number>;
  intents: Record<number, Intent>;
  /** The concluded writes whose bump of the page after their commit is known. */
  concluded: number[];
  entries: Partial<Record<Slot, Entry>>;
  log: Row[];
  /** The minimum commit that each read beginning now must return. */
  acknowledged: Record<Slot, number>;
  processes: Process[];
}

/** A read returned a value older than what was acknowledged before it began, or an entry with an old value remains valid. */
export class StaleError extends Error {}

/**
 * Explores every interleaving.
 *
 * @returns the final states, and the number of all states
 * @throws StaleError
 */
export function explore(kinds: readonly Kind[], rules: Rules): { ends: State[]; states: number } {
  const seen = new Set<string>();
  const ends: State[] = [];
  const pending = [initial(kinds)];
  for (let state = pending.pop(); state !== undefined; state = pending.pop()) {
    const text = JSON.stringify(state);
    if (seen.has(text)) continue;
    seen.add(text);
    const next = state.processes.flatMap((_, at) => steps(state, at, rules));
    pending.push(...next);
    if (next.length > 0) continue;
    checkEnd(state);
    ends.push(state);
  }
  return { ends, states: seen.size };
}

/** Whether the page is stored and valid, and the value of the database. */
export function hasValidPage({ entries: { page }, versions, commits }: State): boolean {
  return page !== undefined && page.stamp === versions.page && page.value === commits;
}

function initial(kinds: readonly Kind[]): State {
  return {
    commits: 0,
    versions: { page: 1, list: 1 },
    intents: {},
    concluded: [],
    entries: {},
    log: [],
    acknowledged: { page: 0, list: 0 },
    processes: kinds.map((kind) => ({ kind, step: 'begin' })),
  };
}

function steps(state: State, at: number, rules: Rules): State[] {
  const { kind } = state.processes[at] as Process;
  if (kind === 'through') return stepsOfWriteThrough(state, at, rules);
  if (kind === 'invalidate') return stepsOfInvalidatingWrite(state, at);
  if (kind === 'outside') return stepsOfOutsideWrite(state, at);
  if (kind === 'feed') return stepsOfFeed(state, at, rules);
  return stepsOfReader(state, at, kind);
}

/** A copy of the state in which the process has changed something. */
function after(state: State, at: number, change: (state: State, process: Process) => void): State {
  const copy = structuredClone(state);
  change(copy, copy.processes[at] as Process);
  return copy;
}

function commit(state: State, process: Process, mark?: number): void {
  process.commit = ++state.commits;
  state.log.push({ commit: process.commit, mark });
}

function acknowledge(state: State, slot: Slot, commit: number): void {
  state.acknowledged[slot] = Math.max(state.acknowledged[slot], commit);
}

function stepsOfWriteThrough(state: State, at: number, rules: Rules): State[] {
  const to = (change: (state: State, process: Process) => void) => after(state, at, change);
  const expire = (next: State, process: Process) => {
    delete next.intents[at];
    next.versions.page++;
    if (process.commit !== undefined) acknowledge(next, 'page', process.commit);
  };
  switch (state.processes[at]?.step) {
    case 'begin':
      return [
        to((next, process) => {
          const others = Object.values(next.intents);
          for (const other of others) other.overlapped = true;
          next.intents[at] = { overlapped: others.length > 0, stamp: next.versions.page };
          process.step = 'write';
        }),
      ];
    case 'write':
      return [
        to((next, process) => {
          commit(next, process, at);
          process.step = 'conclude';
        }),
        // The connection was lost: the writer does not know whether and when its transaction is committed.
        to((_, process) => {
          process.step = 'fail';
        }),
      ];
    case 'fail':
      return [
        to((next, process) => {
          delete next.intents[at];
          next.versions.page++;
          if (!rules.forgetFailed) next.concluded.push(at);
          process.step = 'commit late';
        }),
      ];
    case 'commit late':
      return [
        to((next, process) => {
          commit(next, process, at);
          process.step = 'done';
        }),
      ];
    case 'conclude': {
      const isKnown = state.intents[at] !== undefined;
      return [
        to((next, process) => {
          const intent = next.intents[at];
          const isAlone = intent !== undefined && !intent.overlapped && intent.stamp === next.versions.page;
          delete next.intents[at];
          process.succeeded = intent !== undefined;
          process.stamp = ++next.versions.page;
          next.concluded.push(at);
          acknowledge(next, 'page', process.commit as number);
          process.step = isAlone || !rules.endCheck ? 'store' : 'done';
        }),
        // The writer dies; the others notice later.
        to((_, process) => {
          process.step = isKnown ? 'dead' : 'done';
        }),
        ...(isKnown ? [to(expire)] : []),
      ];
    }
    case 'dead':
      return [
        to((next, process) => {
          expire(next, process);
          process.step = 'done';
        }),
      ];
    case 'store':
      return [
        to((next, process) => {
          next.entries.page = { value: process.commit as number, stamp: process.stamp as number };
          process.step = 'done';
        }),
      ];
    default:
      return [];
  }
}

/** An intent without an id: it overlaps no other. */
function stepsOfInvalidatingWrite(state: State, at: number): State[] {
  const { step } = state.processes[at] as Process;
  if (step === 'begin') {
    return [
      after(state, at, (next, process) => {
        commit(next, process);
        process.step = 'conclude';
      }),
    ];
  }
  if (step !== 'conclude') return [];
  return [
    after(state, at, (next, process) => {
      next.versions.page++;
      acknowledge(next, 'page', process.commit as number);
      process.step = 'done';
    }),
  ];
}

function stepsOfOutsideWrite(state: State, at: number): State[] {
  if (state.processes[at]?.step !== 'begin') return [];
  return [
    after(state, at, (next, process) => {
      commit(next, process);
      process.step = 'done';
    }),
  ];
}

function stepsOfFeed(state: State, at: number, rules: Rules): State[] {
  const { delivered = 0, repeated = false } = state.processes[at] as Process;
  const found: State[] = [];
  for (let end = delivered + 1; end <= state.log.length; end++) {
    found.push(
      after(state, at, (next, process) => {
        deliver(next, next.log.slice(delivered, end), rules);
        process.delivered = end;
      }),
    );
  }
  if (!repeated && delivered > 0) {
    found.push(
      after(state, at, (_, process) => {
        process.delivered = delivered - 1;
        process.repeated = true;
      }),
    );
  }
  return found;
}

/** One page of the log. */
function deliver(state: State, rows: readonly Row[], rules: Rules): void {
  const marks = rules.apart ? rows.map(({ mark }) => mark) : [rows[0]?.mark];
  for (const mark of new Set(marks)) raiseFor(state, mark, rules);
  for (const { commit } of rows) {
    acknowledge(state, 'page', commit);
    acknowledge(state, 'list', commit);
  }
}

function raiseFor(state: State, mark: number | undefined, rules: Rules): void {
  const isConcluded = mark !== undefined && state.concluded.includes(mark);
  if (!(isConcluded && rules.skipBumped)) {
    const before = state.versions.page++;
    const intent = mark === undefined || !rules.ownBump ? undefined : state.intents[mark];
    if (intent !== undefined && (intent.stamp === before || !rules.compareFirst)) intent.stamp = state.versions.page;
  }
  if (rules.raiseOthers || !isConcluded) state.versions.list++;
}

function stepsOfReader(state: State, at: number, slot: Slot): State[] {
  const to = (change: (state: State, process: Process) => void) => [after(state, at, change)];
  const { step } = state.processes[at] as Process;
  const round = step.endsWith('again') ? ' again' : '';
  const ended = round === '' ? 'begin again' : 'done';
  switch (step.replace(' again', '')) {
    case 'begin':
      return to((next, process) => {
        process.needed = next.acknowledged[slot];
        process.entry = next.entries[slot];
        process.step = `check${round}`;
      });
    case 'check':
      return to((next, process) => {
        const isHit = process.entry?.stamp === next.versions[slot];
        if (isHit) checkRead(process, process.entry?.value as number, slot);
        process.stamp = next.versions[slot];
        process.step = isHit ? ended : `load${round}`;
      });
    case 'load':
      return to((next, process) => {
        process.value = next.commits;
        process.step = `store${round}`;
      });
    case 'store':
      return to((next, process) => {
        checkRead(process, process.value as number, slot);
        next.entries[slot] = { value: process.value as number, stamp: process.stamp as number };
        process.step = ended;
      });
    default:
      return [];
  }
}

function checkRead({ needed = 0 }: Process, value: number, slot: Slot): void {
  if (value >= needed) return;
  throw new StaleError(`a read of the ${slot} got commit ${value}; ${needed} was acknowledged before it began`);
}

/** Entries that are valid at the end are served from then on. */
function checkEnd({ acknowledged, entries, versions }: State): void {
  for (const slot of ['page', 'list'] as const) {
    const entry = entries[slot];
    if (entry === undefined || entry.stamp !== (versions as Versions)[slot]) continue;
    if (entry.value < acknowledged[slot]) throw new StaleError(`the ${slot} of commit ${entry.value} stays`);
  }
}
