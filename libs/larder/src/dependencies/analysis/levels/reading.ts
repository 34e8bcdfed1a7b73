import type { SelectStmt } from 'libpg-query';
import type { Catalog } from '../../catalog/catalog.js';
import type { Relation } from '../../catalog/relation.js';
import type { Occurrence } from '../names/ref.js';
import type { Scope } from '../names/scope.js';
import { ConjunctReader } from '../predicates/conjuncts.js';
import { ParameterUses } from '../predicates/parameters.js';
import { ValueReader } from '../predicates/values.js';
import type { Rules } from '../rules.js';
import { Refusal } from '../sql/refusal.js';
import type { Ctes } from './ctes.js';
import type { NamedQuery } from './level.js';

/** The queries of the views of a catalogue, by oid; one that could not be parsed is missing. */
export type Views = ReadonlyMap<number, SelectStmt>;

/** A query has no more SELECTs, with its views, and each CTE once for each time that it is named. */
const MAX_SELECTS = 200;

/** Reads a SELECT; a part of a query calls it for the queries inside. */
export type ReadQuery = (reading: Reading, select: SelectStmt, scope: Scope | undefined, ctes: Ctes) => NamedQuery;

/** One text while it is read: what is found on the way. */
export class Reading {
  readonly parameters = new ParameterUses();
  readonly values: ValueReader;
  readonly conjuncts: ConjunctReader;
  readonly #occurrences: Occurrence[] = [];
  readonly #operators = new Set<string>();
  #isTimeDependent = false;
  #selects = 0;

  constructor(
    readonly catalog: Catalog,
    readonly views: Views,
    readonly rules: Rules,
    private readonly readQuery: ReadQuery,
  ) {
    this.values = new ValueReader(catalog, rules.castKeeps);
    this.conjuncts = new ConjunctReader(catalog, this.values);
  }

  get occurrences(): readonly Occurrence[] {
    return this.#occurrences;
  }

  get isTimeDependent(): boolean {
    return this.#isTimeDependent;
  }

  /** Whether no SELECT but the outermost one has begun. */
  get isOutermost(): boolean {
    return this.#selects === 1;
  }

  query(select: SelectStmt, scope: Scope | undefined, ctes: Ctes): NamedQuery {
    this.#selects += 1;
    if (this.#selects > MAX_SELECTS)
      throw new Refusal(`it has more than ${MAX_SELECTS} SELECTs, those of views included`);
    return this.readQuery(this, select, scope, ctes);
  }

  occurrence(relation: Relation): Occurrence {
    const occurrence = { relation, used: new Set<string>(), uses: 0 };
    this.#occurrences.push(occurrence);
    return occurrence;
  }

  noteTime(): void {
    this.#isTimeDependent = true;
  }

  noteOperator(name: string): void {
    this.#operators.add(name);
  }

  /** Rule 15: refuses an operator that may be another than that of pg_catalog. */
  checkOperators(): void {
    for (const name of this.#operators) {
      if (!this.rules.isElsewhere('operator', name, this.catalog)) continue;
      const isAny = this.catalog.hasOperator(name) === 'for any type';
      const hasForeign = this.#occurrences.some(({ relation }) =>
        relation.columns.some((column) => column.isForeignType),
      );
      if (isAny || hasForeign) throw new Refusal(`the operator ${name} also exists outside pg_catalog`);
    }
  }
}
