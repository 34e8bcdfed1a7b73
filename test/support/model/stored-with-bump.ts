/**
 * `set` as a model: a script raises the version of a key and stores its value in one step, with a version that the node chose
 * before it sent the script. Every interleaving of a few processes on one key and one tag. Each step is atomic.
 */
export interface Rules {
  /** The script stores the value only if the slot got the version that the node chose. */
  readonly exact: boolean;
  /** The script raises a slot above its version, whatever version was chosen. */
  readonly above: boolean;
  /** A value is not stored if this node has seen an invalidation of its tag since the call. */
  readonly sinceCall: boolean;
  /** The tag's version is stored as this node knew it when it sent the script, not as the script finds it. */
  readonly asSent: boolean;
}

export const RULES: Rules = { exact: true, above: true, sinceCall: true, asSent: true };

/**
 * `set`: stores its own number, in one step or, if that failed, in a second one. `key`, `tag`: an invalidation of the key or the tag.
 * `follow`: the node of the sets reads the journal. `clock`: time passes.
 */
export type Kind = 'set' | 'key' | 'tag' | 'follow' | 'clock';

interface Entry {
  readonly value: number;
  readonly key: number;
  readonly tag: number;
}

interface Process {
  readonly kind: Kind;
  step: string;
  /** What a set knew of the tag when it was called and when its script was sent, and the version that it chose. */
  called?: number;
  sent?: number;
  wanted?: number;
  /** The version that the slot got. */
  got?: number;
  /** Times that a clock has ticked. */
  ticks?: number;
}

interface State {
  /** Redis's time, and its versions. */
  now: number;
  key: number;
  tag: number;
  /** The version of the tag in the table of the node. */
  known: number;
  entry: Entry | null;
  /** The set whose script was the last to change the key; `null` after an invalidation, and at first. */
  last: number | null;
  /** The sets that were called before the last invalidation of the tag. */
  older: number[];
  processes: Process[];
}

/** An entry is valid that a later change has replaced. */
export class StaleError extends Error {}

/** How far a chosen version is ahead of Redis's time: of a node with a right clock, and with one that is fast. */
const LEADS = [1, 3];
/** How far it may be ahead. */
const MAX_LEAD = 2;
const MAX_TICKS = 3;

/**
 * Explores every interleaving.
 *
 * @returns the number of states, and of those in which a value was stored with the version that its node chose
 * @throws StaleError
 */
export function explore(kinds: readonly Kind[], rules: Rules): { states: number; storedAtOnce: number } {
  const processes = kinds.map((kind) => ({ kind, step: 'begin' }));
  const pending: State[] = [{ now: 5, key: 1, tag: 1, known: 1, entry: null, last: null, older: [], processes }];
  const seen = new Set<string>();
  let storedAtOnce = 0;
  for (let state = pending.pop(); state !== undefined; state = pending.pop()) {
    const text = JSON.stringify(state);
    if (seen.has(text)) continue;
    seen.add(text);
    check(state);
    if (state.processes.some(({ wanted, got }) => wanted !== undefined && wanted === got)) storedAtOnce++;
    for (const [at] of state.processes.entries()) pending.push(...steps(state, at, rules));
  }
  return { states: seen.size, storedAtOnce };
}

function check({ entry, key, last, older, tag }: State): void {
  if (entry === null || entry.key !== key || entry.tag !== tag) return;
  if (last !== entry.value) throw new StaleError(`the value of ${entry.value} is valid after the change of ${last}`);
  if (older.includes(entry.value)) throw new StaleError(`the value of ${entry.value} is older than its tag`);
}

function steps(state: State, at: number, rules: Rules): State[] {
  const { kind, step, ticks = 0 } = state.processes[at] as Process;
  const to = (change: (state: State, process: Process) => void): State[] => {
    const copy = structuredClone(state);
    change(copy, copy.processes[at] as Process);
    return [copy];
  };
  if (kind === 'clock') {
    if (ticks === MAX_TICKS) return [];
    return to((next, process) => {
      next.now++;
      process.ticks = ticks + 1;
    });
  }
  if (kind === 'follow') {
    if (state.known === state.tag) return [];
    return to((next) => {
      next.known = next.tag;
    });
  }
  if (step === 'done') return [];
  if (kind === 'key') {
    return to((next, process) => {
      next.key = Math.max(next.now, next.key + 1);
      next.last = null;
      process.step = 'done';
    });
  }
  if (kind === 'tag') {
    return to((next, process) => {
      next.tag = Math.max(next.now, next.tag + 1);
      next.older = called(next);
      process.step = 'done';
    });
  }
  return stepsOfSet(state, at, rules, to);
}

/** The sets that have been called. */
function called({ processes }: State): number[] {
  return processes.flatMap(({ kind, step }, at) => (kind === 'set' && step !== 'begin' ? [at] : []));
}

function stepsOfSet(
  state: State,
  at: number,
  rules: Rules,
  to: (change: (state: State, process: Process) => void) => State[],
): State[] {
  switch ((state.processes[at] as Process).step) {
    case 'begin':
      return to((next, process) => {
        process.called = next.known;
        process.step = 'send';
      });
    case 'send':
      return LEADS.flatMap((lead) =>
        to((next, process) => {
          process.wanted = next.now + lead;
          process.sent = next.known;
          process.step = 'script';
        }),
      );
    case 'script':
      return to((next, process) => {
        const { called: before, sent = 0, wanted = 0 } = process;
        const isNear = wanted > next.now && wanted <= next.now + MAX_LEAD;
        const least = isNear ? wanted : next.now;
        process.got = rules.above ? Math.max(least, next.key + 1) : least;
        next.key = process.got;
        next.last = at;
        const isUnchanged = before === sent || !rules.sinceCall;
        const isStored = isUnchanged && (process.got === wanted || !rules.exact);
        if (isStored) next.entry = { value: at, key: wanted, tag: rules.asSent ? sent : next.tag };
        process.step = isStored ? 'done' : 'store';
      });
    default:
      return to((next, process) => {
        const isUnchanged = process.called === next.known || !rules.sinceCall;
        if (isUnchanged) next.entry = { value: at, key: process.got as number, tag: next.known };
        process.step = 'done';
      });
  }
}
