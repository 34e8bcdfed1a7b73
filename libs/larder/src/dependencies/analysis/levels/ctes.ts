import type { CommonTableExpr, SelectStmt } from 'libpg-query';
import type { NamedRef, Scope } from '../names/scope.js';

/** A query of a WITH, with the names that are visible to it. */
export interface Cte {
  readonly name: string;
  readonly columnNames: readonly string[];
  readonly select: SelectStmt;
  readonly scope: Scope | undefined;
  readonly isRecursive: boolean;
  /** The columns of the rows so far, while a recursive query is read. */
  readonly soFar?: readonly NamedRef[];
}

/** The names of the WITH clauses around a place, the nearest first. */
export class Ctes {
  static readonly NONE = new Ctes(undefined, undefined);

  private constructor(
    private readonly cte: Cte | undefined,
    private readonly outer: Ctes | undefined,
  ) {}

  with(cte: Cte): Ctes {
    return new Ctes(cte, this);
  }

  /** A query, and the names that were visible where it was defined. */
  find(name: string): { cte: Cte; visible: Ctes } | undefined {
    if (this.cte === undefined) return undefined;
    const outer = this.outer ?? Ctes.NONE;
    return this.cte.name === name ? { cte: this.cte, visible: outer } : outer.find(name);
  }
}

export function namesOfColumns({ aliascolnames }: CommonTableExpr): string[] {
  return (aliascolnames ?? []).map((node) => ('String' in node ? (node.String.sval ?? '') : ''));
}
