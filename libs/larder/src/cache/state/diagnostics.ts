import { AsyncLocalStorage } from 'node:async_hooks';
import { encodePath } from '../../keys/key.js';
import { Pattern, Tag, type Target } from '../../keys/target.js';
import type { Note, Origin } from '../versions/journal.js';

/** Says where invalidations come from and what they name. A cache has it only if that is asked for. */
export class Diagnostics {
  readonly #origin = new AsyncLocalStorage<Origin>();

  /** Runs some work: what it invalidates comes from there. */
  attribute<T>(origin: Origin, work: () => T): T {
    return this.#origin.run(origin, work);
  }

  /** As `attribute`, unless the work is part of other work that has an origin. */
  attributeAtLeast<T>(origin: Origin, work: () => T): T {
    return this.#origin.getStore() === undefined ? this.attribute(origin, work) : work();
  }

  /** @param targets the first ones; the names of many would not be read */
  noteOf(targets: readonly Target[]): Note {
    return { origin: this.#origin.getStore() ?? 'call', target: targets.slice(0, MAX_NAMED).map(nameOf).join(', ') };
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
    return { origin: this.#origin.getStore() ?? 'call', target: path };
  }
}

const MAX_NAMED = 10;

function nameOf(target: Target): string {
  if (target instanceof Tag) return `tag ${target.name}`;
  return target instanceof Pattern ? target.glob : encodePath(target);
}
