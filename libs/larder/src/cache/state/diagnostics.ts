import { AsyncLocalStorage } from 'node:async_hooks';
import { encodePath } from '../../keys/key.js';
import { Pattern, Tag, type Target } from '../../keys/target.js';
import type { Note, Origin } from '../versions/journal.js';

/** Records where invalidations come from and what they name. Only with the option `diagnostics`. */
export class Diagnostics {
  readonly #origin = new AsyncLocalStorage<Origin>();

  /** The origin of the work that makes this call. */
  get origin(): Origin | undefined {
    return this.#origin.getStore();
  }

  /** Runs work whose invalidations get this origin. */
  attribute<T>(origin: Origin, work: () => T): T {
    return this.#origin.run(origin, work);
  }

  /** The same, unless the work already runs with an origin. */
  attributeAtLeast<T>(origin: Origin, work: () => T): T {
    return this.#origin.getStore() === undefined ? this.attribute(origin, work) : work();
  }

  noteOfPaths(entries: readonly (readonly [path: string, value: unknown])[]): Note {
    return this.noteOfPath(
      entries
        .slice(0, MAX_NAMED)
        .map(([path]) => path)
        .join(', '),
    );
  }

  noteOfPath(path: string): Note {
    return { description: { origin: this.#origin.getStore() ?? 'call', target: path } };
  }
}

/** The most things that an invalidation names. */
export const MAX_NAMED = 10;

/** The names of the first ten targets. */
export function namesOf(targets: readonly Target[]): string[] {
  return targets.slice(0, MAX_NAMED).map(nameOf);
}

function nameOf(target: Target): string {
  if (target instanceof Tag) return `tag ${target.name}`;
  return target instanceof Pattern ? target.glob : encodePath(target);
}
