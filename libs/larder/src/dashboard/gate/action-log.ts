import type { Clock } from '../../base/clock.js';

/** Something that a user did. */
export interface Action {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly by: string;
  /** The process that did it: `host:pid`. */
  readonly node: string;
  /** A sentence, such as `Invalidated venues:7.` */
  readonly what: string;
}

/** Where actions are kept for all processes. */
export interface ActionStore {
  add(action: Action): Promise<void>;
  /** The latest first. */
  latest(most: number): Promise<readonly Action[]>;
}

/** The most that are kept. */
export const MAX_ACTIONS = 200;

/** The actions of this process, without Redis. */
class MemoryActions implements ActionStore {
  readonly #actions: Action[] = [];

  async add(action: Action): Promise<void> {
    this.#actions.unshift(action);
    this.#actions.length = Math.min(this.#actions.length, MAX_ACTIONS);
  }

  async latest(most: number): Promise<readonly Action[]> {
    return this.#actions.slice(0, most);
  }
}

/** Notes who did what. An action that Redis does not take stays in the memory of this process. */
export class ActionLog {
  readonly #own = new MemoryActions();
  readonly #shared: ActionStore | undefined;
  readonly #clock: Clock;
  readonly #node: string;

  /** @param shared of all processes; `undefined` without Redis */
  constructor(shared: ActionStore | undefined, clock: Clock, node: string) {
    this.#shared = shared;
    this.#clock = clock;
    this.#node = node;
  }

  async note(by: string, what: string): Promise<void> {
    const action = { at: this.#clock.now(), by, node: this.#node, what };
    try {
      await (this.#shared ?? this.#own).add(action);
    } catch {
      await this.#own.add(action);
    }
  }

  async latest(most: number): Promise<readonly Action[]> {
    const [own, shared] = await Promise.all([this.#own.latest(most), this.#shared?.latest(most).catch(() => []) ?? []]);
    return [...own, ...shared].sort((one, other) => other.at - one.at).slice(0, most);
  }
}
