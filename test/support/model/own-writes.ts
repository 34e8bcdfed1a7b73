/**
 * One's own writes as a model: every interleaving of a commit that waits for its delivery, the process that reads the change log,
 * the journal, a load, and reads of a value on two nodes. The database has one row; its changes are logged. Each step is atomic.
 *
 * One node has committed; another process reads the log. Reads are those of this node, and of a node that asks Redis first, as strong
 * reads do.
 */
export interface OwnWriteRules {
  /** The position that is saved by the reader of the log is one whose changes are in the journal. */
  readonly savesAfterDelivery: boolean;
  /** The question for the position is asked after the commit. */
  readonly asksAfterCommit: boolean;
  /** The node waits until it has applied the journal up to the delivery. */
  readonly followsJournal: boolean;
  /** What is not delivered within the limit is invalidated before the commit returns. */
  readonly invalidatesLate: boolean;
  /** That invalidation begins after the commit. */
  readonly invalidatesAfterCommit: boolean;
  /** A load is stored only if nothing was bumped since its begin, on its node. */
  readonly checksStamp: boolean;
}

export const OWN_WRITE_RULES: OwnWriteRules = {
  savesAfterDelivery: true,
  asksAfterCommit: true,
  followsJournal: true,
  invalidatesLate: true,
  invalidatesAfterCommit: true,
  checksStamp: true,
};

interface State {
  /** The committed value, which is also the length of the log. */
  row: number;
  /** How much of the log the position says is delivered. */
  saved: number;
  /** Bumps of the dependency in Redis, and as far as the own node has applied them. */
  bumps: number;
  applied: { own: number };
  entry: { value: number; stamp: number } | undefined;
  /** Whether the commit has returned. */
  hasReturned: boolean;
  steps: Record<Process, number>;
  /** What processes remember. */
  page: number;
  loading: { value: number; stamp: number };
  asked: number | undefined;
}

type Process = 'writer' | 'reader' | 'follower' | 'load';

const PROCESSES: readonly Process[] = ['writer', 'reader', 'follower', 'load'];

export class StaleOwnWriteError extends Error {}

/**
 * Explores every interleaving.
 *
 * @returns the number of states
 * @throws StaleOwnWriteError
 */
export function exploreOwnWrites(rules: OwnWriteRules): number {
  const seen = new Set<string>();
  const pending: State[] = [
    {
      row: 0,
      saved: 0,
      bumps: 0,
      applied: { own: 0 },
      entry: { value: 0, stamp: 0 },
      hasReturned: false,
      steps: { writer: 0, reader: 0, follower: 0, load: 0 },
      page: 0,
      loading: { value: 0, stamp: 0 },
      asked: undefined,
    },
  ];
  for (let state = pending.pop(); state !== undefined; state = pending.pop()) {
    const text = JSON.stringify(state);
    if (seen.has(text)) continue;
    seen.add(text);
    check(state);
    for (const process of PROCESSES) {
      for (const step of STEPS[process](state, rules)) {
        const copy = structuredClone(state);
        step(copy);
        pending.push(copy);
      }
    }
  }
  return seen.size;
}

/** Reads that begin now, on both nodes. */
function check({ entry, row, applied, bumps, hasReturned }: State): void {
  if (!hasReturned || entry === undefined || entry.value === row) return;
  if (entry.stamp === applied.own) throw new StaleOwnWriteError('the own node serves an older value');
  if (entry.stamp === bumps) throw new StaleOwnWriteError('a node that asks Redis serves an older value');
}

type Step = (state: State) => void;

/** A step after which the process is at its next one. */
function next(process: Process, work: Step): Step[] {
  return [
    (copy) => {
      work(copy);
      copy.steps[process]++;
    },
  ];
}

const bump: Step = (copy) => {
  copy.bumps++;
};

/** One's own bump is applied before it resolves. */
const bumpHere: Step = (copy) => {
  copy.bumps++;
  copy.applied.own = copy.bumps;
};

const finish: Step = (copy) => {
  copy.hasReturned = true;
  copy.steps.writer = 9;
};

const STEPS: Readonly<Record<Process, (state: State, rules: OwnWriteRules) => Step[]>> = {
  writer: stepsOfWriter,
  reader: stepsOfReader,
  follower: ({ applied, bumps }) => {
    const follow: Step = (copy) => {
      copy.applied.own = copy.bumps;
    };
    return applied.own < bumps ? [follow] : [];
  },
  load: stepsOfLoad,
};

function stepsOfWriter({ steps, saved, asked, applied, bumps }: State, rules: OwnWriteRules): Step[] {
  const ask: Step = (copy) => {
    copy.asked ??= copy.row;
  };
  const late: Step = (copy) => {
    if (rules.invalidatesLate && rules.invalidatesAfterCommit) bumpHere(copy);
    finish(copy);
  };
  switch (steps.writer) {
    case 0:
      return next('writer', (copy) => {
        if (!rules.asksAfterCommit) ask(copy);
        if (!rules.invalidatesAfterCommit) bumpHere(copy);
      });
    case 1:
      return next('writer', (copy) => {
        copy.row++;
      });
    case 2:
      return next('writer', ask);
    case 3:
      // The limit may be over at any moment.
      return saved >= (asked ?? 0) ? [late, ...next('writer', () => {})] : [late];
    case 4:
      return !rules.followsJournal || applied.own === bumps ? [finish, late] : [late];
    default:
      return [];
  }
}

/** Two rounds; it may stop at any step. */
function stepsOfReader({ steps }: State, { savesAfterDelivery }: OwnWriteRules): Step[] {
  const read: Step = (copy) => {
    copy.page = copy.row;
  };
  const deliver: Step = (copy) => {
    if (copy.page > copy.saved || !savesAfterDelivery) bump(copy);
  };
  const save: Step = (copy) => {
    copy.saved = copy.page;
  };
  const round = savesAfterDelivery ? [read, deliver, save] : [read, save, deliver];
  return steps.reader < 2 * round.length ? next('reader', round[steps.reader % round.length] as Step) : [];
}

function stepsOfLoad({ steps }: State, { checksStamp }: OwnWriteRules): Step[] {
  const begin: Step = (copy) => {
    copy.loading.stamp = copy.applied.own;
  };
  const read: Step = (copy) => {
    copy.loading.value = copy.row;
  };
  const store: Step = (copy) => {
    const { loading, applied } = copy;
    if (loading.stamp === applied.own || !checksStamp) copy.entry = { value: loading.value, stamp: applied.own };
  };
  const step = [begin, read, store][steps.load];
  return step === undefined ? [] : next('load', step);
}
