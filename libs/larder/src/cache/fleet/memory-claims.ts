import type { Clock } from '../../base/clock.js';
import type { Claimed, NoticeClaims } from './notice-claims.js';

/** The claims of a single process. */
export class MemoryClaims implements NoticeClaims {
  readonly #clock: Clock;
  readonly #holds = new Map<string, { readonly ids: readonly string[]; readonly until: number }>();
  readonly #open = new Map<string, string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async exchange(node: string, held: ReadonlyMap<string, string>, life: number): Promise<Claimed> {
    const now = this.#clock.elapsed();
    this.#holds.set(node, { ids: [...held.keys()], until: now + life });
    for (const [other, { until }] of this.#holds) if (until <= now) this.#holds.delete(other);
    const opened = [...held.keys()].filter((id) => !this.#open.has(id));
    for (const id of opened) this.#open.set(id, held.get(id) as string);
    const all = new Set([...this.#holds.values()].flatMap(({ ids }) => ids));
    const over = [...this.#open].filter(([id]) => !all.has(id));
    for (const [id] of over) this.#open.delete(id);
    return { opened, closed: over.map(([, text]) => text) };
  }
}
