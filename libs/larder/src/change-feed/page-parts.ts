import { recordedIn } from '../base/signals/tracer.js';
import type { Logged } from './change-log.js';
import { TargetSet } from './target-set.js';

/** How many traces of a page get a delivery of their own: each costs a bump. */
const MAX_TRACES = 20;
/** How many traces a delivery names. */
const MAX_LINKS = 20;

/** Rows of a page that are delivered in one step. */
export interface PagePart {
  /** The mark of the write to which all of them belong. */
  readonly mark: string | undefined;
  /** The W3C traceparent of the transaction whose trace the delivery continues. */
  readonly parent: string | undefined;
  /** Those of further transactions. */
  readonly links: Set<string>;
  readonly targets: TargetSet;
  rows: number;
}

/**
 * Divides the rows of a page. Rows of other writes must not count as those of a marked write; and with a tracer, each recorded
 * trace goes on by itself.
 */
export class PageParts {
  readonly #isTraced: boolean;
  readonly #parts = new Map<string, PagePart>();
  readonly #traces = new Set<string>();

  constructor(isTraced: boolean) {
    this.#isTraced = isTraced;
  }

  /** The part to which a row belongs, with the row counted. */
  of({ mark, trace }: Logged): PagePart {
    const recorded = this.#isTraced && trace !== null && recordedIn(trace) !== undefined ? trace : undefined;
    const parent = recorded !== undefined && this.#hasOwnPart(recorded) ? recorded : undefined;
    const name = JSON.stringify([mark, parent]);
    const known = this.#parts.get(name);
    const part: PagePart = known ?? {
      mark: mark ?? undefined,
      parent,
      links: new Set(),
      targets: new TargetSet(),
      rows: 0,
    };
    if (known === undefined) this.#parts.set(name, part);
    if (recorded !== undefined && parent === undefined && part.links.size < MAX_LINKS) part.links.add(recorded);
    part.rows++;
    return part;
  }

  all(): Iterable<PagePart> {
    return this.#parts.values();
  }

  #hasOwnPart(trace: string): boolean {
    if (this.#traces.size < MAX_TRACES) this.#traces.add(trace);
    return this.#traces.has(trace);
  }
}
