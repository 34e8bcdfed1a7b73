import type { Clock } from '../../base/clock.js';
import { encodePath } from '../../keys/key.js';
import { Pattern, Tag, type Target } from '../../keys/target.js';
import type { ChangedValues } from '../state/hit-audit.js';

/** A write through Larder, or a row that the change feed reported. */
export interface RecentChange {
  readonly kind: 'write' | 'row';
  readonly name: string;
  /** When it ended, on the clock's `elapsed`. */
  readonly at: number;
  /** The names of what it invalidated; of a row, none. */
  readonly targets: readonly string[];
  /** The values that identify what was changed: parts of keys, values of columns. */
  readonly values: ReadonlySet<string>;
  /** The row before and after its change, with its logged columns; none if they are not known. */
  readonly images: readonly Readonly<Record<string, unknown>>[];
}

/** How many changes are remembered: enough for the writes of the seconds in which a difference is looked at. */
const MAX_CHANGES = 500;
const MAX_TARGETS = 10;
const MAX_VALUE_LENGTH = 200;

/** The last changes of this process, to find what made a value stale. */
export class RecentChanges {
  readonly #clock: Clock;
  readonly #ring: RecentChange[] = [];
  #next = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  addWrite(name: string, targets: readonly Target[]): void {
    const named = targets.slice(0, MAX_TARGETS);
    const values = new Set(named.flatMap(valuesOfTarget));
    this.#add({ kind: 'write', name, at: this.#clock.elapsed(), targets: named.map(nameOfTarget), values, images: [] });
  }

  addRow(table: string, { before, after }: ChangedValues): void {
    const images = [before, after].filter((image) => image !== undefined);
    const values = new Set(images.flatMap((image) => Object.values(image)).flatMap(textsOf));
    this.#add({ kind: 'row', name: table, at: this.#clock.elapsed(), targets: [], values, images });
  }

  /** The changes since a moment, the newest first. */
  since(moment: number): RecentChange[] {
    return this.#ring.filter(({ at }) => at >= moment).sort((one, other) => other.at - one.at);
  }

  #add(change: RecentChange): void {
    this.#ring[this.#next] = change;
    this.#next = (this.#next + 1) % MAX_CHANGES;
  }
}

/** The text of a value that can identify a row; none for values that many rows share. */
export function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return value.length > 0 && value.length <= MAX_VALUE_LENGTH ? [value] : [];
  return typeof value === 'number' || typeof value === 'bigint' ? [String(value)] : [];
}

function nameOfTarget(target: Target): string {
  if (target instanceof Tag) return `tag ${target.name}`;
  return target instanceof Pattern ? `pattern ${target.glob}` : encodePath(target);
}

function valuesOfTarget(target: Target): string[] {
  if (target instanceof Tag) return target.name.split(':');
  return target instanceof Pattern ? target.glob.split(':') : target.flatMap(textsOf);
}
