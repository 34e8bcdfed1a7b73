import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { Searched, Suspect } from './search.js';
import type { DeclaredTargets } from './target.js';
import type { TriedTest } from './trial.js';

/** How a spec ends without a forgotten target. */
interface SpecAsItIs {
  readonly spec: string;
  readonly changeFeed: boolean;
  readonly tests: readonly TriedTest[];
}

type Line = { readonly declared: string } | SpecAsItIs | Searched;

/** What is known so far, also in a file, so that a search that was interrupted can go on. */
export class Results {
  readonly #file: string | undefined;
  readonly #specs: SpecAsItIs[] = [];
  readonly #searched: Searched[] = [];

  /**
   * @param file one JSON line a result; default: none
   * @throws Error if the results in the file are those of other targets
   */
  constructor(file: string | undefined, declared: DeclaredTargets) {
    this.#file = file;
    const known = file !== undefined && existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
    const own = JSON.stringify(declared.insertions);
    if (known === '') this.#append({ declared: own });
    for (const text of known === '' ? [] : known.split('\n')) {
      const line = JSON.parse(text) as Line;
      if ('verdict' in line) this.#searched.push(line);
      else if ('spec' in line) this.#specs.push(line);
      else if (line.declared !== own) throw new Error(`Arena has changed since ${file} was written. Remove it.`);
    }
  }

  addSpec(one: SpecAsItIs): void {
    this.#specs.push(one);
    this.#append(one);
  }

  specAsItIs(spec: string, changeFeed: boolean): SpecAsItIs | undefined {
    return this.#specs.find((one) => one.spec === spec && one.changeFeed === changeFeed);
  }

  addSearched(one: Searched): void {
    this.#searched.push(one);
    this.#append(one);
  }

  /** The latest result of each target. */
  get searched(): Searched[] {
    return [...new Map(this.#searched.map((one) => [nameOf(one), one])).values()];
  }

  isDecided(suspect: Suspect): boolean {
    return this.searched.some((one) => nameOf(one) === nameOf(suspect) && one.verdict !== 'lost');
  }

  #append(line: Line): void {
    if (this.#file !== undefined) appendFileSync(this.#file, `${JSON.stringify(line)}\n`);
  }
}

function nameOf({ target, invalidator }: Suspect): string {
  return `${target.id} ${invalidator}`;
}
