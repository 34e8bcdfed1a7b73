import type { DeclaredTarget, Invalidator } from './target.js';
import type { TriedTest } from './trial.js';

/** How each test ends without a forgotten target, with the change feed and without. */
export class Baseline {
  readonly #with = new Map<string, TriedTest>();
  readonly #without = new Map<string, TriedTest>();

  add(changeFeed: boolean, tests: readonly TriedTest[]): void {
    for (const test of tests) this.#of(changeFeed).set(nameOf(test), test);
  }

  /** The specs with a test that fails without the change feed. */
  get specsWithFailures(): string[] {
    const failed = [...this.#without.values()].filter(
      ({ findings, failure }) => findings.length > 0 || failure !== undefined,
    );
    return [...new Set(failed.map(({ spec }) => spec))];
  }

  /** The tests that get stale answers although arena forgets nothing. */
  get findingsWithFeed(): TriedTest[] {
    return [...this.#with.values()].filter(({ findings }) => findings.length > 0);
  }

  /** The tests in which a forgotten target can be seen: those that ask for it and have no finding anyway. */
  reaching({ id }: DeclaredTarget, invalidator: Invalidator): TriedTest[] {
    const all = [...this.#of(invalidator === 'row').values()];
    return all.filter(
      (test) =>
        test.reached.includes(id) && test.findings.length === 0 && (invalidator === 'write' || this.#needsFeed(test)),
    );
  }

  hasFinding(changeFeed: boolean, test: TriedTest): boolean {
    return (this.#of(changeFeed).get(nameOf(test))?.findings.length ?? 0) > 0;
  }

  passes(changeFeed: boolean, test: TriedTest): boolean {
    const known = this.#of(changeFeed).get(nameOf(test));
    return known !== undefined && known.failure === undefined && known.findings.length === 0;
  }

  /** Whether a test ends otherwise without the change feed: the others show nothing about its rules. */
  #needsFeed(test: TriedTest): boolean {
    const without = this.#without.get(nameOf(test));
    const on = this.#with.get(nameOf(test));
    return without !== undefined && on !== undefined && !isSame(without, on);
  }

  #of(changeFeed: boolean): Map<string, TriedTest> {
    return changeFeed ? this.#with : this.#without;
  }
}

function nameOf({ spec, test }: TriedTest): string {
  return `${spec} ${test}`;
}

function isSame(one: TriedTest, other: TriedTest): boolean {
  return (one.failure === undefined) === (other.failure === undefined) && one.findings.length === other.findings.length;
}
