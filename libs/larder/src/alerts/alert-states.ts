import type { Finding } from './alert.js';
import type { Condition } from './conditions.js';
import type { Figures } from './figures.js';
import type { Past } from './past.js';

/** A fault that is seen long enough. */
export interface ActiveFault extends Finding {
  readonly name: Condition['name'];
  /** Milliseconds since the epoch at which it was first seen. */
  readonly since: number;
}

interface State {
  finding: Finding;
  readonly since: number;
  /** Consecutive checks that saw it, and that did not. */
  seen: number;
  missed: number;
  isActive: boolean;
}

/** The most faults of one condition: an application names its jobs and counters, so there are few. */
const MAX_SUBJECTS = 100;

/** Decides which faults are active: a fault must be seen, or gone, for several checks. */
export class AlertStates {
  readonly #conditions: readonly Condition[];
  readonly #states = new Map<string, Map<string, State>>();

  constructor(conditions: readonly Condition[]) {
    this.#conditions = conditions;
  }

  /** The active faults by id, after one check. @param now milliseconds since the epoch */
  check(figures: Figures, past: Past, now: number): ReadonlyMap<string, ActiveFault> {
    const active = new Map<string, ActiveFault>();
    for (const condition of this.#conditions) {
      const states = this.#statesOf(condition.name);
      const isActive = [...states.values()].some((state) => state.isActive);
      const findings = condition.find(figures, past, isActive);
      if (findings !== undefined) update(states, condition, findings.slice(0, MAX_SUBJECTS), now);
      for (const [subject, state] of states) {
        if (!state.isActive) continue;
        const id = subject === '' ? condition.name : `${condition.name} ${subject}`;
        active.set(id, { ...state.finding, name: condition.name, since: state.since });
      }
    }
    return active;
  }

  #statesOf(name: string): Map<string, State> {
    const states = this.#states.get(name) ?? new Map<string, State>();
    this.#states.set(name, states);
    return states;
  }
}

function update(
  states: Map<string, State>,
  { startsAfter, endsAfter }: Condition,
  findings: readonly Finding[],
  now: number,
): void {
  const bySubject = new Map(findings.map((finding) => [finding.subject ?? '', finding]));
  for (const [subject, finding] of bySubject) {
    const state = states.get(subject) ?? { finding, since: now, seen: 0, missed: 0, isActive: false };
    states.set(subject, state);
    state.finding = finding;
    state.seen++;
    state.missed = 0;
    if (state.seen >= startsAfter) state.isActive = true;
  }
  for (const [subject, state] of states) {
    if (bySubject.has(subject)) continue;
    state.missed++;
    if (!state.isActive || state.missed >= endsAfter) states.delete(subject);
  }
}
